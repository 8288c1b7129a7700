/*
 * The load of the throughput benchmark: a closed loop. Every connection sends PIPELINE requests at once, takes their
 * replies, and sends the next ones. It is written in C because it may have to share a core with the server: what it takes
 * there is missing from what a proxy can be given.
 *
 *   load PORT CONNECTIONS PIPELINE SIZE set|get|mixed KEYS WARM_MS MEASURE_MS
 *
 * 1. Encodes KEYS requests once, one behind the other; connections take their turns out of that.
 * 2. Opens all connections to 127.0.0.1, and lets the loop run for WARM_MS, and until each connection had one turn.
 * 3. Writes "begin". What is answered from now on counts, for MEASURE_MS, and until there were as many answers as a turn
 *    of all connections has.
 * 4. Writes the figures as one line of JSON.
 * 5. Sends nothing more and waits for the replies that are on their way: who comes next finds the server idle.
 *
 * Anything else ends it with status 1 and one line on standard error: a reply that is an error or no reply to these
 * commands, a connection that breaks, nothing at all for twenty seconds, no reply while they count.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ull
/* A turn can take seconds where all connections have megabytes under way: a server may work off all requests of all of
 * them before it sends the first reply. */
#define PATIENCE (8000 * MS)
#define SILENCE (20000 * MS)
/* The whole process, whatever happens. */
#define ALARM_S 60
/* Of so many requests of the mixed load one is a SET, the others are GETs. */
#define MIXED_EVERY 5
/* Buckets of the histogram: 128 to each power of two, which is right to 0.8 %. */
#define SUB_BITS 7
#define BUCKETS (58 << SUB_BITS)

typedef struct {
  int fd;
  /* What the socket has not taken yet of this turn. */
  const char *out;
  size_t outLeft;
  bool wantsRoom;
  /* Replies that this turn still waits for, and since when. */
  int awaited;
  uint64_t sentAt;
  bool hadTurn;
  /* The request that the next turn begins with. */
  int next;
  /* Where in a reply the next byte stands: its first byte (0: before one), the number behind it, the bulk still to come. */
  char type;
  long number;
  size_t bulkLeft;
  char error[200];
  size_t errorLength;
} Connection;

static struct {
  int port, connections, pipeline, size, keys;
  const char *command;
  uint64_t warm, measure;
} arg;

static char *requests;
/* Where each request begins; the first PIPELINE ones stand behind the last once more, so that a turn is one piece. */
static size_t *offsets;

static int epoll;
static char input[256 * 1024];
static enum { WARMING, MEASURING, DRAINING } phase = WARMING;
static uint64_t now, lastReplyAt, answered, histogram[BUCKETS];
static int hadTurn, busy;

static void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  vfprintf(stderr, format, values);
  va_end(values);
  fputc('\n', stderr);
  exit(1);
}

static uint64_t clockNs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

static uint64_t ownCpuUs(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
         (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* ---- latencies ---- */

static unsigned bucketOf(uint64_t ns) {
  if (ns >> SUB_BITS == 0) return (unsigned)ns;
  unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - SUB_BITS;
  return ((shift + 1) << SUB_BITS) + (unsigned)((ns >> shift) & ((1u << SUB_BITS) - 1));
}

static double quantileUs(double q) {
  uint64_t rank = (uint64_t)((double)answered * q + 0.999999), seen = 0;
  for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
    seen += histogram[bucket];
    if (seen < rank || seen == 0) continue;
    if (bucket >> SUB_BITS == 0) return bucket / 1e3;
    unsigned shift = (bucket >> SUB_BITS) - 1;
    uint64_t low = (uint64_t)((bucket & ((1u << SUB_BITS) - 1)) | (1u << SUB_BITS)) << shift;
    return ((double)low + (double)(1ull << shift) / 2) / 1e3;
  }
  return 0;
}

/* ---- requests ---- */

static void encodeRequests(void) {
  int count = arg.keys + arg.pipeline;
  char *value = malloc((size_t)arg.size);
  requests = malloc((size_t)count * ((size_t)arg.size + 100));
  offsets = malloc(((size_t)count + 1) * sizeof *offsets);
  if (value == NULL || requests == NULL || offsets == NULL) fail("no memory for the requests");
  memset(value, 'x', (size_t)arg.size);
  char *at = requests;
  for (int index = 0; index < count; index++) {
    int key = index % arg.keys;
    bool isSet = *arg.command == 's' || (*arg.command == 'm' && key % MIXED_EVERY == 0);
    offsets[index] = (size_t)(at - requests);
    if (isSet) {
      at += sprintf(at, "*3\r\n$3\r\nSET\r\n$10\r\nkey:%06d\r\n$%d\r\n", key, arg.size);
      memcpy(at, value, (size_t)arg.size);
      at += arg.size;
      at += sprintf(at, "\r\n");
    } else {
      at += sprintf(at, "*2\r\n$3\r\nGET\r\n$10\r\nkey:%06d\r\n", key);
    }
  }
  offsets[count] = (size_t)(at - requests);
  free(value);
}

static void listenFor(Connection *c, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll, operation, c->fd, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
}

static void sendRest(Connection *c) {
  ssize_t sent = send(c->fd, c->out, c->outLeft, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN) fail("cannot send: %s", strerror(errno));
    sent = 0;
  }
  c->out += sent;
  c->outLeft -= (size_t)sent;
  if (c->wantsRoom == (c->outLeft > 0)) return;
  c->wantsRoom = c->outLeft > 0;
  listenFor(c, c->wantsRoom ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

static void takeTurn(Connection *c) {
  c->out = requests + offsets[c->next];
  c->outLeft = offsets[c->next + arg.pipeline] - offsets[c->next];
  c->next = (c->next + arg.pipeline) % arg.keys;
  c->awaited = arg.pipeline;
  c->sentAt = now;
  busy++;
  sendRest(c);
}

/* ---- replies ---- */

static void replyComplete(Connection *c) {
  if (c->awaited == 0) fail("a reply that nobody asked for");
  c->type = 0;
  if (phase == MEASURING) {
    answered++;
    histogram[bucketOf(now - c->sentAt)]++;
  }
  if (--c->awaited > 0) return;
  busy--;
  if (!c->hadTurn) hadTurn++;
  c->hadTurn = true;
  if (phase != DRAINING) takeTurn(c);
}

static void lineComplete(Connection *c) {
  switch (c->type) {
  case '+':
    replyComplete(c);
    return;
  case '$':
    if (c->number < 0) fail("a key is missing");
    if (c->number != arg.size) fail("a value of %ld bytes instead of %d", c->number, arg.size);
    c->bulkLeft = (size_t)c->number + 2;
    return;
  case '-':
    fail("the reply is an error: %.*s", (int)c->errorLength, c->error);
    return;
  default:
    fail("a reply cannot begin with byte %d", c->type);
  }
}

static void parse(Connection *c, const char *at, const char *end) {
  while (at < end) {
    if (c->bulkLeft > 0) {
      size_t there = (size_t)(end - at), taken = there < c->bulkLeft ? there : c->bulkLeft;
      at += taken;
      c->bulkLeft -= taken;
      if (c->bulkLeft == 0) replyComplete(c);
    } else if (c->type == 0) {
      c->type = *at++;
      c->number = 0;
    } else if (*at == '\n') {
      at++;
      lineComplete(c);
    } else {
      char byte = *at++;
      if (c->type == '$' && byte == '-') c->number = -1;
      else if (c->type == '$' && byte != '\r' && c->number >= 0) c->number = c->number * 10 + (byte - '0');
      if (c->type == '-' && byte != '\r' && c->errorLength < sizeof c->error) c->error[c->errorLength++] = byte;
    }
  }
}

static void readReplies(Connection *c) {
  ssize_t length = recv(c->fd, input, sizeof input, 0);
  if (length < 0 && errno == EAGAIN) return;
  if (length < 0) fail("the connection broke: %s", strerror(errno));
  if (length == 0) fail("the connection was closed");
  now = lastReplyAt = clockNs();
  parse(c, input, input + length);
}

/* ---- the run ---- */

static void openConnections(Connection *all) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)arg.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  epoll = epoll_create1(0);
  for (int index = 0; index < arg.connections; index++) {
    Connection *c = &all[index];
    int yes = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0) fail("socket: %s", strerror(errno));
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) fail("cannot connect: %s", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    /* Not all at the same place: the connections of a mixed load do not write at the same time. */
    c->next = (int)((long)index * 37 % arg.keys);
    listenFor(c, EPOLLIN, EPOLL_CTL_ADD);
  }
}

static void report(double seconds, uint64_t cpuUs) {
  printf("{\"requests\":%llu,\"seconds\":%.6f,\"p50Us\":%.2f,\"p99Us\":%.2f,\"p999Us\":%.2f,\"ownCpuUs\":%llu}\n",
         (unsigned long long)answered, seconds, quantileUs(0.5), quantileUs(0.99), quantileUs(0.999),
         (unsigned long long)cpuUs);
  fflush(stdout);
}

static void run(void) {
  struct epoll_event events[512];
  uint64_t oneTurn = (uint64_t)arg.connections * (uint64_t)arg.pipeline, since = now, cpuUs = 0;
  while (phase != DRAINING || busy > 0) {
    int count = epoll_wait(epoll, events, 512, 100);
    if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
    for (int index = 0; index < count; index++) {
      Connection *c = events[index].data.ptr;
      if (events[index].events & EPOLLOUT) sendRest(c);
      if (events[index].events & ~(uint32_t)EPOLLOUT) readReplies(c);
    }
    now = clockNs();
    if (now - lastReplyAt > SILENCE) fail("no reply for %llu s", SILENCE / 1000 / MS);
    uint64_t passed = now - since;
    if (phase == WARMING && passed >= arg.warm && (hadTurn == arg.connections || passed >= PATIENCE)) {
      phase = MEASURING;
      since = now;
      cpuUs = ownCpuUs();
      puts("begin");
      fflush(stdout);
    } else if (phase == MEASURING && passed >= arg.measure && (answered >= oneTurn || passed >= PATIENCE)) {
      if (answered == 0) fail("no reply for %.1f s, the time that counts", (double)passed / 1e9);
      phase = DRAINING;
      since = now;
      report((double)passed / 1e9, ownCpuUs() - cpuUs);
    } else if (phase == DRAINING && passed >= PATIENCE) {
      return;
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 9) fail("load PORT CONNECTIONS PIPELINE SIZE set|get|mixed KEYS WARM_MS MEASURE_MS");
  arg.port = atoi(argv[1]);
  arg.connections = atoi(argv[2]);
  arg.pipeline = atoi(argv[3]);
  arg.size = atoi(argv[4]);
  arg.command = argv[5];
  arg.keys = atoi(argv[6]);
  arg.warm = (uint64_t)atoi(argv[7]) * MS;
  arg.measure = (uint64_t)atoi(argv[8]) * MS;
  /* Neither outlives the benchmark nor runs for ever. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(ALARM_S);

  encodeRequests();
  Connection *all = calloc((size_t)arg.connections, sizeof *all);
  if (all == NULL) fail("no memory for the connections");
  openConnections(all);
  now = lastReplyAt = clockNs();
  for (int index = 0; index < arg.connections; index++) takeTurn(&all[index]);
  run();
  return 0;
}
