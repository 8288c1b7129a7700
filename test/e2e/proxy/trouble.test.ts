import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import type { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const UNKNOWN = /^-OUTCOMEUNKNOWN /;

/** A server that answers COMMAND as it should, and everything else as a test wants. */
class FakeServer {
  readonly id: string;
  readonly sockets: Socket[] = [];
  /** What the connections sent, in all. */
  requests = '';
  answer: (request: string, socket: Socket) => void = (_request, socket) => socket.write('+OK\r\n');
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.id = `127.0.0.1:${port}`;
  }

  static async start(): Promise<FakeServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const fake = new FakeServer(server, address !== null && typeof address !== 'string' ? address.port : 0);
    server.on('connection', (socket) => {
      fake.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        const request = chunk.toString('latin1');
        // Asked together, before COMMAND: what the proxy can not learn here makes it read the whole table.
        if (request.includes('INFO')) socket.write('-ERR unknown command\r\n-ERR unknown subcommand\r\n');
        // How each connection without AUTH begins.
        else if (request === '*1\r\n$4\r\nPING\r\n') socket.write('+PONG\r\n');
        else if (request.includes('COMMAND')) socket.write('*1\r\n*3\r\n$3\r\nget\r\n:2\r\n*1\r\n+readonly\r\n');
        else {
          fake.requests += request;
          fake.answer(request, socket);
        }
      });
    });
    return fake;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

t.test('a server that dies and comes back', async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));

  t.test('every write in flight is answered as unknown, reads are repeated, and the clients go on', async (t) => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => holdfast.client()));
    for (const client of clients) await client.call('PING');
    await server.freeze();
    for (const client of clients) client.send('SET a 1\r\nGET a\r\nINCR n\r\n');
    await until('all is sent', () => [...holdfast.shard.clients.values()].every((client) => client.outstanding === 3));
    await server.kill();
    for (const client of clients) t.match((await client.replies(1)).toString(), UNKNOWN);
    for (const client of clients) client.send('PING\r\n');
    await server.restart();
    for (const client of clients) {
      const [get = '', incr = '', ping = ''] = (await client.replies(3)).toString('latin1').split('\r\n');
      t.equal(get, '$-1');
      t.match(incr, UNKNOWN);
      t.equal(ping, '+PONG');
    }
    for (const client of clients) client.close();
  });

  t.test('a blocked call and a transaction', async (t) => {
    const [blocked, inMulti] = await Promise.all([holdfast.client(), holdfast.client()]);
    blocked.send('BLPOP q 0\r\n');
    await inMulti.call('MULTI');
    await inMulti.call('INCR', 'n');
    await until('it is blocked', async () => (await server.info('clients')).get('blocked_clients') === '1');
    await server.restart();
    t.match((await blocked.replies(1)).toString(), UNKNOWN);
    t.equal(await blocked.call('PING'), '+PONG\r\n');
    inMulti.send('EXEC\r\n');
    t.equal((await inMulti.ended()).length, 0, 'the queue is gone, and the client learns it as it would directly');
    blocked.close();
  });
});

t.test('a server that talks nonsense', async (t) => {
  const fake = await FakeServer.start();
  const holdfast = await HoldfastInProcess.start(fake.id, { outageHoldMs: 300 });
  t.teardown(async () => {
    await holdfast.stop();
    fake.stop();
  });
  const askBoth = async (first: string, second: string): Promise<[RawClient, RawClient]> => {
    const [one, two] = await Promise.all([holdfast.client(), holdfast.client()]);
    one.send(`GET ${first}\r\n`);
    await until('the first is sent', () => fake.requests.includes(first));
    two.send(`GET ${second}\r\n`);
    return [one, two];
  };

  t.test('garbage: both clients get an error, and the next request a new connection', async (t) => {
    fake.answer = (request, socket) => {
      if (request.includes('key-2')) socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    };
    const [one, two] = await askBoth('key-1', 'key-2');
    t.match((await one.replies(1)).toString(), UNKNOWN);
    t.match((await two.replies(1)).toString(), UNKNOWN);
    fake.answer = (_request, socket) => socket.write('$2\r\nok\r\n');
    t.equal(await one.call('GET', 'x'), '$2\r\nok\r\n');
    one.close();
    two.close();
  });

  t.test('one reply too many never reaches the next client', async (t) => {
    fake.answer = (_request, socket) => socket.write('$5\r\nfirst\r\n$6\r\nsecond\r\n');
    const one = await holdfast.client();
    t.equal(await one.call('GET', 'a'), '$5\r\nfirst\r\n');
    const connections = fake.sockets.length;
    fake.answer = (_request, socket) => socket.write('$2\r\nok\r\n');
    const two = await holdfast.client();
    t.equal(await two.call('GET', 'a'), '$2\r\nok\r\n');
    t.equal(fake.sockets.length, connections + 1, 'a connection that lost count is not used again');
    t.equal(await one.call('GET', 'a'), '$2\r\nok\r\n');
    one.close();
    two.close();
  });

  t.test('half a small reply and the end: an error instead of the half', async (t) => {
    fake.answer = (_request, socket) => socket.end('$10\r\nhalf');
    const one = await holdfast.client();
    t.match(await one.call('GET', 'a'), UNKNOWN);
    fake.answer = (_request, socket) => socket.write('$2\r\nok\r\n');
    t.equal(await one.call('GET', 'a'), '$2\r\nok\r\n');
    one.close();
  });

  t.test('half a large reply and the end: that client is closed, the one behind it is asked again', async (t) => {
    fake.answer = (request, socket) => {
      if (!request.includes('behind')) return;
      fake.answer = (_request, next) => next.write('$2\r\nok\r\n');
      socket.end(`$500000\r\n${'x'.repeat(100_000)}`);
    };
    const [one, two] = await askBoth('large', 'behind');
    t.match((await one.ended()).toString('latin1', 0, 10), '$500000\r\n');
    t.equal((await two.replies(1)).toString(), '$2\r\nok\r\n');
    two.close();
  });

  t.test('no answer at all: the others wait no longer than their own patience', async (t) => {
    fake.answer = () => undefined;
    const [one, two] = await askBoth('silent-1', 'silent-2');
    await until('both are sent', () => fake.requests.includes('silent-2'));
    one.socket.resetAndDestroy();
    two.socket.resetAndDestroy();
    await until('the clients are gone', () => holdfast.shard.clients.size === 0);
    fake.answer = (_request, socket) => socket.write('+late\r\n+late\r\n$3\r\nnew\r\n');
    const three = await holdfast.client();
    t.equal(await three.call('GET', 'a'), '$3\r\nnew\r\n', 'late replies go to those who asked, who are gone');
    three.close();
  });
});

t.test('no master', async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(null, { outageHoldMs: 200, maxClients: 3 });
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));

  t.test('commands wait, then MASTERDOWN is answered; with a master they run', async (t) => {
    const client = await holdfast.client();
    client.send('SET a 1\r\nGET a\r\n');
    t.match((await client.replies(2)).toString(), /^-MASTERDOWN [^\r]*\r\n-MASTERDOWN /);
    client.send('BLPOP a 0\r\nSELECT 1\r\nMULTI\r\nHELLO 3\r\nHELLO 3 NONSENSE\r\nCLIENT ID\r\n');
    t.equal((await client.replies(6)).toString().split('-MASTERDOWN').length, 7);
    await holdfast.shard.serve(server.id);
    t.equal(await client.call('SET', 'a', '1'), '+OK\r\n');
    await holdfast.shard.serve(null);
    client.send('GET a\r\n');
    await until('it is held', () => holdfast.shard.gate.heldCount === 1);
    await holdfast.shard.serve(server.id);
    t.equal((await client.replies(1)).toString(), '$1\r\n1\r\n');
    client.close();
  });

  t.test('an error does not overtake the replies that are still due', async (t) => {
    const client = await holdfast.client();
    await client.call('PING');
    await server.freeze();
    client.send('GET a\r\n');
    await until('it is sent', () => [...holdfast.shard.clients.values()].some((each) => each.outstanding === 1));
    await holdfast.shard.serve(null);
    await until('commands are no longer held', () => holdfast.shard.outageOver);
    client.send('GET a\r\n');
    server.resume();
    t.match((await client.replies(2)).toString(), /^\$1\r\n1\r\n-MASTERDOWN /);
    client.close();
    await holdfast.shard.serve(server.id);
  });

  t.test('a master that does not answer is no master: the wait has an end', async (t) => {
    await server.freeze();
    await holdfast.shard.serve(null);
    void holdfast.shard.serve(server.id);
    const client = await holdfast.client();
    t.match(await client.call('GET', 'a'), /^-MASTERDOWN /);
    server.resume();
    await until('it is served', () => !holdfast.shard.gate.isHeldBy('no-master'));
    t.equal(await client.call('GET', 'a'), '$1\r\n1\r\n');
    client.close();
  });

  t.test('more clients than allowed', async (t) => {
    await until('nobody is connected', () => holdfast.shard.clients.size === 0);
    const clients = await Promise.all(Array.from({ length: 3 }, () => holdfast.client()));
    await until('all are in', () => holdfast.shard.clients.size === 3);
    const late = await holdfast.client();
    t.equal((await late.ended()).toString(), '-ERR max number of clients reached\r\n');
    for (const client of clients) t.equal(await client.call('PING'), '+PONG\r\n');
    for (const client of clients) client.close();
  });
});
