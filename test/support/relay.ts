import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What becomes of something that a client sent:
 * - `pass`: it goes on to the server;
 * - `mute`: it goes on, but no reply comes back on this connection until {@link Relay.flow};
 * - `swallow`: it waits here, and with it all that this connection sends, until {@link Relay.flow};
 * - `outlive`: the same, and the client's end does not reach the server before;
 * - `cut`: the connection ends.
 */
export type Verdict = 'pass' | 'mute' | 'swallow' | 'outlive' | 'cut';

/** Judges what a client sends, as text. One that does something first is waited for; without a verdict, everything passes. */
export type Rule = (text: string) => Verdict | Promise<Verdict | void>;

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  /** All that the client has sent. */
  said: string;
  readonly swallowed: Buffer[];
  isSwallowing: boolean;
  /** The client may be gone, and what it has sent has not arrived. */
  isOutliving: boolean;
}

interface RelayTarget {
  readonly host: string;
  readonly port: number;
}

/** A way to a server that can be disturbed at will. */
export class Relay {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #listener: Server;
  readonly #target: RelayTarget;
  readonly #lines = new Set<Line>();
  #rule: Rule = () => 'pass';

  private constructor(listener: Server, port: number, target: RelayTarget) {
    this.#listener = listener;
    this.port = port;
    this.#target = target;
    listener.on('connection', (client: Socket) => this.#accept(client));
  }

  static async start(target: RelayTarget): Promise<Relay> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
    return new Relay(listener, address.port, target);
  }

  /** The address as Holdfast is told it. */
  get id(): string {
    return `${this.host}:${this.port}`;
  }

  /** From now on `rule` judges what clients send. */
  judge(rule: Rule): void {
    this.#rule = rule;
  }

  /** Stops the replies on those connections whose clients said what the pattern says. */
  mute(pattern: RegExp): void {
    for (const line of this.#matching(pattern)) line.server.pause();
  }

  /** Ends those connections whose clients said what the pattern says. */
  cut(pattern: RegExp): void {
    for (const line of this.#matching(pattern)) line.client.destroy();
  }

  /** How many connections have something of a client on the way that may be gone, and are still open at the server. */
  get outliving(): number {
    return [...this.#lines].filter(({ isOutliving }) => isOutliving).length;
  }

  /** Everything passes again, and what was kept back goes on. */
  flow(): void {
    this.#rule = () => 'pass';
    for (const line of this.#lines) {
      line.isSwallowing = false;
      for (const bytes of line.swallowed.splice(0)) line.server.write(bytes);
      line.server.resume();
      if (line.isOutliving && line.client.destroyed) line.server.end();
      line.isOutliving = false;
    }
  }

  async close(): Promise<void> {
    for (const line of this.#lines) {
      line.isOutliving = false;
      line.client.destroy();
      line.server.destroy();
    }
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #matching(pattern: RegExp): readonly Line[] {
    return [...this.#lines].filter(({ said }) => pattern.test(said));
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#target, noDelay: true });
    client.setNoDelay(true);
    const line: Line = { client, server, said: '', swallowed: [], isSwallowing: false, isOutliving: false };
    this.#lines.add(line);
    let judged = Promise.resolve();
    client.on('data', (bytes: Buffer) => {
      judged = judged.then(() => this.#hear(line, bytes));
    });
    server.on('data', (bytes: Buffer) => client.write(bytes));
    for (const socket of [client, server]) {
      // One side's end is the other side's end; why does not matter here.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (line.isOutliving && socket === client) return;
        this.#lines.delete(line);
        client.destroy();
        server.destroy();
      });
    }
  }

  async #hear(line: Line, bytes: Buffer): Promise<void> {
    const text = bytes.toString('latin1');
    line.said += text;
    const verdict = line.isSwallowing ? 'swallow' : ((await this.#rule(text)) ?? 'pass');
    if (verdict === 'cut') {
      line.client.destroy();
    } else if (verdict === 'swallow' || verdict === 'outlive') {
      line.isSwallowing = true;
      line.isOutliving ||= verdict === 'outlive';
      line.swallowed.push(bytes);
    } else {
      if (verdict === 'mute') line.server.pause();
      line.server.write(bytes);
    }
  }
}
