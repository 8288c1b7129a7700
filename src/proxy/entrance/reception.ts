import type { Socket } from 'node:net';
import type { ConnectionRefusal } from '../../errors/refusal-table.js';
import type { Refusals } from '../../log/refusals.js';
import { endsOf, type Ends } from './peer-address.js';
import { readInto, streamed, type Source } from './source.js';
import type { ProxySenders } from './proxy-senders.js';
import type { TlsEntrance } from './tls-entrance.js';

export interface ReceptionOptions {
  /** Who speaks for others; null: nobody does. */
  readonly proxies: ProxySenders | null;
  /** Null: plain text. */
  readonly tls: TlsEntrance | null;
  /** Bounds all that comes before a connection is a client. */
  readonly timeoutMs: number;
  readonly refusals: Refusals;
  /** A connection that is ready to be a client, and where it comes from. */
  readonly admit: (source: Source, ends: Ends, id: number) => void;
}

/**
 * What a connection goes through before it is a client: 1. the PROXY header, 2. the TLS handshake, in bounded time. Who does
 * not get through is counted, logged with the reason, and closed.
 */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #waiting = new Set<Socket>();

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** Connections that are neither clients yet nor gone. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * @param raw accepted in this turn of the event loop.
   * @param id the number that the client will have.
   * @param ended called once, when the connection is gone, whether it became a client or not.
   */
  receive(raw: Socket, id: number, ended: () => void = () => undefined): void {
    const { proxies, tls, timeoutMs, admit } = this.#options;
    const ends = endsOf(raw);
    if (proxies === null && tls === null) {
      const source = readInto(raw);
      admit((onBytes) => source(onBytes).once('close', ended), ends, id);
      return;
    }
    raw.once('close', ended);
    this.#waiting.add(raw);
    const timer = setTimeout(() => this.#refuse(raw, ends, 'handshake-timeout', ''), timeoutMs);
    const leave = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(raw);
    };
    raw.on('error', () => undefined);
    raw.once('close', leave);
    const secure = (from: Ends): void => {
      if (tls === null) {
        leave();
        admit(streamed(raw), from, id);
        // It was read from before; only now somebody listens.
        raw.resume();
        return;
      }
      tls.take(raw, {
        secured: (socket) => {
          leave();
          admit(streamed(socket), from, id);
        },
        refused: (reason, why) => this.#refuse(raw, from, reason, why),
      });
    };
    if (proxies === null) {
      secure(ends);
      return;
    }
    proxies.take(raw, ends, { passed: secure, refused: (reason, why) => this.#refuse(raw, ends, reason, why) });
  }

  /** Ends what has not become a client. */
  close(): void {
    for (const raw of this.#waiting) raw.destroy();
  }

  #refuse(raw: Socket, ends: Ends, reason: ConnectionRefusal, why: string): void {
    if (this.#waiting.delete(raw)) this.#options.refusals.note('application', reason, ends.addr, why);
    // An alert that tells the client why may still be on its way out.
    raw.destroySoon();
  }
}
