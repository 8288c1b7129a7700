import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { AdminLimits } from './admin-limits.js';
import type { AdminSession } from './admin-session.js';
import type { AdminContext } from './commands/command.js';
import { dispatch } from './commands/dispatch.js';
import { encodeReply, error } from './reply.js';
import { ProtocolError, RequestDecoder } from './request-decoder.js';

/** First words of an HTTP request: a browser was lured into talking to this port. Redis closes on these two as well. */
const CROSS_PROTOCOL_WORDS: ReadonlySet<string> = new Set(['post', 'host:']);

/**
 * One admin connection. Requests are answered one after the other, in order; while one is carried out, or while its
 * reply can not leave, nothing more is read, so that what a client can pile up here is one read beyond a request.
 */
export class AdminConnection {
  readonly #socket: Socket;
  readonly #session: AdminSession;
  readonly #context: AdminContext;
  readonly #limits: AdminLimits;
  readonly #decoder = new RequestDecoder();
  /** Runs while the client has not authenticated. */
  #authDeadline: NodeJS.Timeout | null = null;
  readonly #closed: Promise<void>;
  #busy = false;

  constructor(socket: Socket, session: AdminSession, context: AdminContext, limits: AdminLimits) {
    this.#socket = socket;
    this.#session = session;
    this.#context = context;
    this.#limits = limits;
    this.#watchAuthentication();
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#stopAuthDeadline();
        resolve();
      });
    });
    socket.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk);
      void this.#answerRequests();
    });
    // 'close' follows; a reset by the peer is nothing to tell anybody.
    socket.on('error', () => undefined);
  }

  /** Settles when the socket is closed. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Ends the connection once the command that is being carried out, if any, is answered. */
  close(): void {
    this.#session.closing = true;
    if (!this.#busy) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #answerRequests(): Promise<void> {
    // Data that was under way when the socket was paused stays with the decoder until the loop comes round to it.
    if (this.#busy) return;
    this.#busy = true;
    this.#socket.pause();
    try {
      for (;;) {
        const request = this.#session.closing ? null : this.#decoder.next(this.#requestLimits());
        if (request === null) break;
        await this.#answer(request);
      }
    } catch (failure) {
      this.#fail(failure);
    } finally {
      this.#busy = false;
      if (this.#session.closing) this.#socket.end();
      this.#socket.resume();
    }
  }

  async #answer(request: readonly string[]): Promise<void> {
    if (CROSS_PROTOCOL_WORDS.has(request[0]?.toLowerCase() ?? '')) {
      this.#context.log.warn(
        { client: this.#session.addr },
        'somebody sent HTTP to the admin port: possibly an attack through a browser; the connection is closed',
      );
      this.#session.closing = true;
      return;
    }
    const reply = await dispatch(request, this.#session, this.#context);
    if (this.#socket.destroyed) return;
    this.#watchAuthentication();
    if (!this.#socket.write(encodeReply(reply, this.#session.resp))) await this.#writable();
  }

  #requestLimits(): AdminLimits['authenticated'] {
    return this.#session.authenticated ? this.#limits.authenticated : this.#limits.unauthenticated;
  }

  /** Waits until the client has read what it was sent, or has gone. */
  async #writable(): Promise<void> {
    const waiting = new AbortController();
    const drained = once(this.#socket, 'drain', { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([drained, this.#closed]);
    waiting.abort();
  }

  #fail(failure: unknown): void {
    this.#session.closing = true;
    if (failure instanceof ProtocolError) {
      this.#socket.write(encodeReply(error(`ERR ${failure.message}`), 2));
      return;
    }
    this.#context.log.error(
      { err: failure, client: this.#session.addr },
      'an admin connection failed because of a defect',
    );
    this.#socket.destroy();
  }

  /** Not moved by what the client sends: a PING now and then must not keep a place for somebody unknown. */
  #watchAuthentication(): void {
    if (this.#session.authenticated) this.#stopAuthDeadline();
    else this.#authDeadline ??= setTimeout(() => this.#closeUnauthenticated(), this.#limits.authTimeoutMs);
  }

  #stopAuthDeadline(): void {
    if (this.#authDeadline !== null) clearTimeout(this.#authDeadline);
    this.#authDeadline = null;
  }

  #closeUnauthenticated(): void {
    this.#context.log.warn({ client: this.#session.addr }, 'an admin client did not authenticate in time; closed');
    this.#socket.destroy();
  }
}
