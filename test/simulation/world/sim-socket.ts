import { Duplex } from 'node:stream';
import type { Endpoint } from './endpoint.js';

/** As `net.Socket` takes them; what stands for nothing here is left out. */
export interface SimSocketOptions {
  readonly handle?: object;
  readonly allowHalfOpen?: boolean;
  readonly onread?: {
    readonly buffer: Uint8Array | (() => Uint8Array);
    readonly callback: (size: number, buffer: Uint8Array) => boolean;
  };
}

type Left = (error?: Error | null) => void;

/**
 * What the product gets for a `net.Socket`: the same stream, on an {@link Endpoint} of the simulated network. Written bytes are
 * taken at once while there is room, as a kernel does; with `onread` what arrives is put into memory that is used again.
 */
export class SimSocket extends Duplex {
  connecting: boolean;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  /** What `net.Socket` keeps the kernel's connection in; whoever takes it away has the connection. */
  _handle: Endpoint | null;
  readonly #onread: SimSocketOptions['onread'];
  #left: Left | null = null;

  constructor(options: SimSocketOptions = {}) {
    super({ allowHalfOpen: options.allowHalfOpen === true, decodeStrings: true });
    // Only the entrance makes a socket around a connection that is there.
    const handle = (options.handle as Endpoint | undefined) ?? null;
    this._handle = handle;
    this.#onread = options.onread;
    this.connecting = handle?.connecting ?? true;
    [this.remoteAddress, this.remotePort] = split(handle?.remote);
    [this.localAddress, this.localPort] = split(handle?.local);
    if (handle === null) return;
    handle.events = {
      opened: () => this.#onOpened(),
      data: (bytes) => this.#onData(bytes),
      ended: () => this.#onEnd(),
      failed: (code) => this.#onFailed(code),
      taken: () => this.#settleWrite(null),
    };
    if (!this.connecting) this.read(0);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  setTimeout(): this {
    throw new Error('the simulation has no socket.setTimeout');
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override pause(): this {
    if (this.#onread !== undefined && this._handle !== null) this._handle.reading = false;
    return super.pause();
  }

  override resume(): this {
    this.#readOn();
    return super.resume();
  }

  override read(size?: number): unknown {
    this.#readOn();
    return super.read(size) as unknown;
  }

  override _read(): void {
    if (this._handle !== null && !this.connecting) this._handle.reading = true;
  }

  override _write(chunk: Buffer, _encoding: string, done: Left): void {
    this.#send([chunk], done);
  }

  override _writev(chunks: readonly { readonly chunk: unknown }[], done: Left): void {
    this.#send(
      chunks.map(({ chunk }) => chunk as Buffer),
      done,
    );
  }

  override _final(done: Left): void {
    if (this.connecting) {
      this.once('connect', () => this._final(done));
      return;
    }
    this._handle?.finish();
    done();
  }

  override _destroy(error: Error | null, done: Left): void {
    this._handle?.close();
    this._handle = null;
    this.#settleWrite(error ?? new Error('the socket was closed'));
    done(error);
  }

  #readOn(): void {
    if (this.#onread !== undefined && this._handle !== null && !this.connecting) this._handle.reading = true;
  }

  #send(chunks: readonly Buffer[], done: Left): void {
    const handle = this._handle;
    if (handle === null) {
      done(systemError('EPIPE', 'write'));
      return;
    }
    let hasRoom = true;
    for (const chunk of chunks) hasRoom = handle.send(chunk);
    if (hasRoom && !this.connecting) done();
    else this.#left = done;
  }

  #settleWrite(error: Error | null): void {
    const left = this.#left;
    this.#left = null;
    left?.(error);
  }

  #onOpened(): void {
    this.connecting = false;
    this.#settleWrite(null);
    this.emit('connect');
    this.emit('ready');
    if (!this.isPaused()) this.read(0);
  }

  #onData(bytes: Buffer): void {
    if (this.#onread === undefined) {
      if (!this.push(bytes) && this._handle !== null) this._handle.reading = false;
      return;
    }
    const { buffer, callback } = this.#onread;
    const into = typeof buffer === 'function' ? buffer() : buffer;
    for (let at = 0; at < bytes.length && !this.destroyed; at += into.length) {
      const size = bytes.copy(into, 0, at, Math.min(bytes.length, at + into.length));
      callback(size, into);
    }
  }

  #onEnd(): void {
    this.push(null);
    this.read(0);
  }

  #onFailed(code: string): void {
    this.destroy(systemError(code, this.connecting ? 'connect' : 'read'));
  }
}

function systemError(code: string, call: string): Error {
  return Object.assign(new Error(`${call} ${code}`), { code, syscall: call });
}

function split(address: string | undefined): readonly [string | undefined, number | undefined] {
  if (address === undefined) return [undefined, undefined];
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon), Number(address.slice(colon + 1))];
}
