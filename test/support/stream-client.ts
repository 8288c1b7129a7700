import { createHash, randomBytes, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeCommand } from './raw-client.js';

export const MIB = 1024 * 1024;

/** A piece that large values consist of. */
const PIECE = randomBytes(MIB);

/** The digest of a value of so many bytes, as {@link StreamClient.send} writes it. */
export function digestOf(bytes: number): string {
  const hash = createHash('sha1');
  for (let at = 0; at < bytes; at += MIB) hash.update(PIECE.subarray(0, Math.min(MIB, bytes - at)));
  return hash.digest('hex');
}

/** A client for values too large to keep: they are made while they are sent, and digested while they come. */
export class StreamClient {
  readonly socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    // Nothing is read before somebody asks.
    this.#chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  static async connect(port: number): Promise<StreamClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return new StreamClient(socket);
  }

  /** Sends bytes as they are; settles when there is room for more. Rejects when the connection ends first. */
  async write(bytes: string | Buffer): Promise<void> {
    if (this.socket.destroyed) throw new Error('the connection has ended');
    if (this.socket.write(bytes)) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        this.socket.off('drain', settle).off('close', settle);
        if (this.socket.destroyed) reject(new Error('the connection ended'));
        else resolve();
      };
      this.socket.on('drain', settle).on('close', settle);
    });
  }

  /** Sends a command whose last argument is a value of so many bytes; only the first `sent` of them. */
  async send(words: readonly string[], bytes: number, sent = bytes): Promise<void> {
    const head = encodeCommand(...words)
      .toString('latin1')
      .replace(/^\*\d+/, `*${words.length + 1}`);
    await this.write(`${head}$${bytes}\r\n`);
    await this.sendRest(0, bytes, sent);
  }

  /** What {@link send} left out. */
  async sendRest(from: number, bytes: number, until = bytes): Promise<void> {
    for (let at = from; at < until;) {
      const end = Math.min(until, at - (at % MIB) + MIB);
      await this.write(PIECE.subarray(at % MIB, (at % MIB) + end - at));
      at = end;
    }
    if (until === bytes) await this.write('\r\n');
  }

  /** The next line without its end. Rejects when the connection ends first. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#left.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#left.toString('latin1', 0, end);
        this.#left = this.#left.subarray(end + 2);
        return line;
      }
      this.#left = Buffer.concat([this.#left, await this.#more()]);
    }
  }

  /** The digest of the next bulk. */
  async bulk(): Promise<{ readonly bytes: number; readonly digest: string }> {
    const head = await this.line();
    if (!head.startsWith('$')) throw new Error(`no bulk: ${head.slice(0, 200)}`);
    const bytes = Number(head.slice(1));
    const hash = createHash('sha1');
    await this.skip(bytes, hash);
    await this.line();
    return { bytes, digest: hash.digest('hex') };
  }

  /** Takes so many bytes and forgets them. */
  async skip(bytes: number, hash?: Hash): Promise<void> {
    for (let left = bytes; left > 0;) {
      if (this.#left.length === 0) this.#left = await this.#more();
      const piece = this.#left.subarray(0, left);
      hash?.update(piece);
      left -= piece.length;
      this.#left = this.#left.subarray(piece.length);
    }
  }

  close(): void {
    this.socket.destroy();
  }

  async #more(): Promise<Buffer> {
    const { done, value } = await this.#chunks.next();
    if (done === true) throw new Error('the connection ended');
    return value;
  }
}
