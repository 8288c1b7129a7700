import { createServer, type Server, type Socket } from 'node:net';
import RedisParser from 'redis-parser';

/** A reply as the wire has it; `Error` becomes an error reply, `null` closes the connection instead of answering. */
export type FakeReply = string | number | Error | null | readonly FakeReply[];

/** Answers the admin commands a test gives it, and remembers what it was asked. */
export class FakeAdmin {
  /** Commands as they came, without those of the connection itself (CLIENT, AUTH, PING). */
  readonly asked: string[][] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #password: string | null = null;

  private constructor(answers: Readonly<Record<string, (args: readonly string[]) => FakeReply | Promise<FakeReply>>>) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      let authenticated = this.#password === null;
      const answer = async ([name = '', ...args]: readonly string[]): Promise<void> => {
        const command = name.toUpperCase();
        if (command === 'AUTH') {
          authenticated = args.at(-1) === this.#password;
          socket.write(
            encode(authenticated ? 'OK' : new Error('WRONGPASS invalid username-password pair or user is disabled.')),
          );
          return;
        }
        if (!authenticated) {
          socket.write(encode(new Error('NOAUTH Authentication required.')));
          return;
        }
        if (command === 'CLIENT' || command === 'PING') {
          socket.write(encode('OK'));
          return;
        }
        this.asked.push([command, ...args]);
        const known = answers[command];
        const reply = known === undefined ? new Error(`ERR unknown command '${name}'`) : await known(args);
        if (reply === null) socket.destroy();
        else socket.write(encode(reply));
      };
      const parser = new RedisParser({
        returnReply: (request: string[]) => void answer(request),
        returnError: () => socket.destroy(),
      });
      socket.on('data', (chunk) => parser.execute(chunk));
    });
  }

  static async start(
    answers: Readonly<Record<string, (args: readonly string[]) => FakeReply | Promise<FakeReply>>>,
    password: string | null = null,
  ): Promise<FakeAdmin> {
    const admin = new FakeAdmin(answers);
    admin.#password = password;
    await new Promise<void>((resolve) => admin.#server.listen(0, '127.0.0.1', resolve));
    return admin;
  }

  get address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function encode(reply: FakeReply): string {
  if (reply === null) return '$-1\r\n';
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(encode).join('')}`;
}
