import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { frameEnd } from './frame-end.js';

/** A reply that has not come after this long will not come. */
const GIVE_UP_MS = 30_000;

/** Where to connect: an address, with TLS if it says how, or a Unix socket. */
export type RawTarget =
  | { readonly host: string; readonly port: number; readonly tls?: ConnectionOptions | undefined }
  | { readonly path: string };

/** Writes a command as clients do: an array of bulk strings. */
export function encodeCommand(...args: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === 'string' ? Buffer.from(arg) : arg;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** A socket that sends exactly the bytes it is told to, and hands out exactly the bytes that came back. */
export class RawClient {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void)[] = [];
  /** So many replies are complete in what was received, and the next begins at `end`. */
  #seen = { replies: 0, end: 0 };

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#changed();
    });
    // A reset is one way for the other side to end; `ended()` and `replies()` report it.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
    socket.on('end', () => this.#end());
  }

  static async connect(target: RawTarget): Promise<RawClient> {
    if ('tls' in target && target.tls !== undefined) {
      const socket = connectTls({ host: target.host, port: target.port, ...target.tls });
      await once(socket, 'secureConnect');
      return new RawClient(socket.setNoDelay(true));
    }
    const socket = connect({ ...target, noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** What has come and was not taken yet. */
  get received(): Buffer {
    return this.#received;
  }

  /** Whether the other side has closed. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Sends the bytes as they are. */
  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Takes the next `count` complete replies, as they came. Rejects when the connection ends before they are complete. */
  async replies(count: number, giveUpMs: number = GIVE_UP_MS): Promise<Buffer> {
    const end = await this.#observe(`${count} replies`, giveUpMs, () => this.#endOf(count));
    const taken = this.#received.subarray(0, end);
    this.#received = this.#received.subarray(end);
    this.#seen = { replies: 0, end: 0 };
    return taken;
  }

  /** Sends one command and takes one reply. */
  async call(...args: readonly (string | Buffer)[]): Promise<string> {
    this.send(encodeCommand(...args));
    return (await this.replies(1)).toString('latin1');
  }

  /** Settles when the other side has closed the connection. @returns what came and was not taken. */
  async ended(giveUpMs: number = GIVE_UP_MS): Promise<Buffer> {
    await this.#observe('the end of the connection', giveUpMs, () => (this.#ended ? 0 : -1));
    return this.#received;
  }

  close(): void {
    this.socket.destroy();
  }

  #endOf(count: number): number {
    // Somebody else may have asked for more: then what was seen for them is behind the end that is wanted here.
    if (this.#seen.replies > count) this.#seen = { replies: 0, end: 0 };
    while (this.#seen.replies < count) {
      const end = frameEnd(this.#received, this.#seen.end);
      if (end < 0) break;
      this.#seen = { replies: this.#seen.replies + 1, end };
    }
    if (this.#seen.replies === count) return this.#seen.end;
    if (!this.#ended) return -1;
    throw new Error(`the connection ended after ${JSON.stringify(this.#received.toString('latin1'))}`);
  }

  #observe(what: string, giveUpMs: number, look: () => number): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = JSON.stringify(this.#received.toString('latin1', 0, 500));
        reject(new Error(`gave up waiting for ${what}; received so far: ${seen}`));
      }, giveUpMs);
      const attempt = (): void => {
        try {
          const seen = look();
          if (seen < 0) {
            this.#wake.push(attempt);
            return;
          }
          clearTimeout(timer);
          resolve(seen);
        } catch (error) {
          clearTimeout(timer);
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      attempt();
    });
  }

  #changed(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const attempt of waiting) attempt();
  }

  #end(): void {
    this.#ended = true;
    this.#changed();
  }
}
