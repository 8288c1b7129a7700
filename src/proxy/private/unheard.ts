import { encodeRequest } from '../../resp/encode.js';
import { ReplyCollector } from '../upstream/reply-sink.js';
import type { Upstream } from '../upstream/upstream.js';

const PING = encodeRequest(['PING']);
const REPLY_ON_AND_OFF = Buffer.concat(['ON', 'OFF'].map((mode) => encodeRequest(['CLIENT', 'REPLY', mode])));

/**
 * The writes of a connection that get no reply (CLIENT REPLY OFF, SKIP): only something behind them that is answered says
 * that they have run. Until then a drain would not wait for them, and on another connection they could be overtaken.
 */
export class Unheard {
  #state: 'none' | 'sent' | 'asked' = 'none';

  get pending(): boolean {
    return this.#state !== 'none';
  }

  /** One has been sent. */
  note(): void {
    this.#state = 'sent';
  }

  /**
   * Asks for a sign, which is waited for like the reply to a write; once.
   *
   * @param silent after CLIENT REPLY OFF.
   * @param heard called when they have run, or are lost with the connection.
   */
  ask(upstream: Upstream, silent: boolean, heard: () => void): void {
    if (this.#state !== 'sent' || upstream.closed) return;
    this.#state = 'asked';
    const answered = (): void => {
      if (this.#state === 'asked') this.#state = 'none';
      heard();
    };
    const request = silent ? REPLY_ON_AND_OFF : PING;
    upstream.send(new ReplyCollector(answered, answered), request, 0, request.length, true);
  }
}
