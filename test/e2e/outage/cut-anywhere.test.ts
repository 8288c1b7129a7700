import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';

type Direction = 'requests' | 'replies';

/** A way to a server that breaks after so many bytes. */
class BreakingWay {
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #left: Record<Direction, number> = { requests: Number.POSITIVE_INFINITY, replies: Number.POSITIVE_INFINITY };

  private constructor(listener: Server, server: RedisServer) {
    this.#listener = listener;
    listener.on('connection', (client: Socket) => {
      const upstream = connect({ host: server.host, port: server.port, noDelay: true });
      this.#join('requests', client, upstream);
      this.#join('replies', upstream, client);
    });
  }

  static async to(server: RedisServer): Promise<BreakingWay> {
    const listener = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new BreakingWay(listener, server);
  }

  get id(): string {
    const address = this.#listener.address();
    return `127.0.0.1:${address !== null && typeof address !== 'string' ? address.port : 0}`;
  }

  /** It breaks once, when so many more bytes have passed in this direction. */
  breakAfter(direction: Direction, bytes: number): void {
    this.#left[direction] = bytes;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#listener.close();
  }

  #join(direction: Direction, from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('error', () => undefined).on('close', () => to.destroy());
    from.on('data', (bytes: Buffer) => {
      const passed = bytes.subarray(0, Math.min(bytes.length, this.#left[direction]));
      this.#left[direction] -= passed.length;
      if (this.#left[direction] > 0) {
        to.write(passed);
        return;
      }
      this.#left = { requests: Number.POSITIVE_INFINITY, replies: Number.POSITIVE_INFINITY };
      // What has passed still arrives.
      to.end(passed);
      from.destroy();
    });
  }
}

const REQUESTS = 'GET fixed\r\nINCR n\r\nGET n\r\nSET b x\r\nGET b\r\nINCR n\r\nGET n\r\n';
/** As Holdfast writes them. */
const REQUEST_BYTES = REQUESTS.split('\r\n')
  .slice(0, -1)
  .reduce((sum, line) => {
    const words = line.split(' ');
    return (
      sum +
      `*${words.length}\r\n`.length +
      words.reduce((all, word) => all + `$${word.length}\r\n${word}\r\n`.length, 0)
    );
  }, 0);
const REPLY_BYTES = '$5\r\nvalue\r\n:100\r\n$3\r\n100\r\n+OK\r\n$1\r\nx\r\n:100\r\n$3\r\n100\r\n'.length;

for (const [direction, total] of [
  ['requests', REQUEST_BYTES],
  ['replies', REPLY_BYTES],
] as const) {
  t.test(`the link breaks behind each byte of the ${direction}`, async (t) => {
    const server = await RedisServer.start();
    const way = await BreakingWay.to(server);
    const holdfast = await HoldfastInProcess.start(way.id);
    t.teardown(async () => {
      await holdfast.stop();
      way.close();
      await server.dispose();
    });
    await server.send('SET', 'fixed', 'value');
    await server.send('SET', 'n', '100');
    const client = await holdfast.client();
    let known = 100;
    const wrong: string[] = [];
    let unknown = 0;
    for (let cut = 1; cut <= total; cut++) {
      await client.call('PING');
      way.breakAfter(direction, cut);
      client.send(REQUESTS);
      const said = (await client.replies(7)).toString('latin1');
      const is = Number(await server.send('GET', 'n'));
      const match =
        /^\$5\r\nvalue\r\n(?::(\d+)|-OUTCOMEUNKNOWN [^\r]*)\r\n\$3\r\n(\d+)\r\n(\+OK|-OUTCOMEUNKNOWN [^\r]*)\r\n(?:\$1\r\nx|\$-1)\r\n(?::(\d+)|-OUTCOMEUNKNOWN [^\r]*)\r\n\$3\r\n(\d+)\r\n$/.exec(
          said,
        );
      if (match === null) {
        wrong.push(`${cut}: ${said}`);
        continue;
      }
      const [, first, between, , second, last] = match;
      const ran = [first, second].filter((each) => each !== undefined).length;
      unknown += 2 - ran;
      // Each has run once if it was answered, once or not at all if it was not.
      const isRight =
        is >= known + ran &&
        is <= known + 2 &&
        Number(last) === is &&
        (first === undefined || (Number(first) === known + 1 && Number(between) >= Number(first))) &&
        (second === undefined || Number(second) === is);
      if (!isRight) wrong.push(`${cut}: ${said} but ${known} → ${is}`);
      known = is;
    }
    t.same(wrong, []);
    t.ok(unknown > 0 && unknown <= total * 2, 'some are unknown', { unknown, of: total * 2 });
    client.close();
  });
}
