/* An application with hiredis: hiredis PORT. Works until a line comes on standard input; each step is told with a line
 * `step`, the end with one line of JSON. One connection, blocking, pipelines of 30 requests. */
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 10 };

static long long counted = 0, pushed = 0, popped = 0;

static void fail(const char *what, redisContext *c, redisReply *reply) {
    printf("{\"error\":\"%s: %s%s\"}\n", what, c->err ? c->errstr : "", reply != NULL && reply->str != NULL ? reply->str : "");
    exit(0);
}

static redisReply *check(const char *what, redisContext *c, redisReply *reply, int type) {
    if (reply == NULL || reply->type != type) fail(what, c, reply);
    return reply;
}

static void step(redisContext *c) {
    redisReply *reply = NULL;
    for (int at = 0; at < REQUESTS; at++) {
        redisAppendCommand(c, "INCR c:counter");
        redisAppendCommand(c, "SET c:%d %b", at, "\0\r\n", (size_t)3);
        redisAppendCommand(c, "GET c:%d", at);
    }
    for (int at = 0; at < REQUESTS; at++) {
        if (redisGetReply(c, (void **)&reply) != REDIS_OK) fail("INCR", c, NULL);
        freeReplyObject(check("INCR", c, reply, REDIS_REPLY_INTEGER));
        counted++;
        if (redisGetReply(c, (void **)&reply) != REDIS_OK) fail("SET", c, NULL);
        freeReplyObject(check("SET", c, reply, REDIS_REPLY_STATUS));
        if (redisGetReply(c, (void **)&reply) != REDIS_OK) fail("GET", c, NULL);
        check("GET", c, reply, REDIS_REPLY_STRING);
        if (reply->len != 3 || memcmp(reply->str, "\0\r\n", 3) != 0) fail("another value", c, NULL);
        freeReplyObject(reply);
    }
    freeReplyObject(check("MULTI", c, redisCommand(c, "MULTI"), REDIS_REPLY_STATUS));
    freeReplyObject(check("INCR", c, redisCommand(c, "INCR c:counter"), REDIS_REPLY_STATUS));
    freeReplyObject(check("RPUSH", c, redisCommand(c, "RPUSH c:queue %lld", pushed), REDIS_REPLY_STATUS));
    freeReplyObject(check("EXEC", c, redisCommand(c, "EXEC"), REDIS_REPLY_ARRAY));
    counted++;
    pushed++;
    reply = check("BLPOP", c, redisCommand(c, "BLPOP c:queue 0"), REDIS_REPLY_ARRAY);
    if (reply->elements != 2 || atoll(reply->element[1]->str) != popped) fail("another element", c, NULL);
    freeReplyObject(reply);
    popped++;
}

int main(int argc, char **argv) {
    redisContext *c = argc > 1 ? redisConnect("127.0.0.1", atoi(argv[1])) : NULL;
    if (c == NULL || c->err) return 1;
    struct pollfd input = {.fd = 0, .events = POLLIN};
    while (poll(&input, 1, 0) == 0) {
        step(c);
        puts("step");
        fflush(stdout);
    }
    redisReply *reply = check("GET", c, redisCommand(c, "GET c:counter"), REDIS_REPLY_STRING);
    printf("{\"stored\":%s,\"counted\":%lld}\n", reply->str, counted);
    freeReplyObject(reply);
    redisFree(c);
    return 0;
}
