import { encodeRequest } from '../../resp/encode.js';
import type { ReplySink } from '../upstream/reply-sink.js';

/** An entry's id stands at the beginning of the reply; its fields may be hundreds of megabytes and are not looked at. */
const PREFIX_BYTES = 64;
const FIRST_ENTRY = /^\*1\r\n\*2\r\n\$\d+\r\n(\d+-\d+)\r\n/;
/** No entry, or no such stream: whatever is added has a greater id. */
const NO_ENTRY = /^\*0\r\n/;

/**
 * Asks where a stream ends, in the place of `$`: the id of its last entry. Its last *generated* id may be greater, but
 * there is nothing between the two, so that reading from the one or the other gives the same.
 */
export function lastIdRequest(key: Buffer): Buffer {
  return encodeRequest(['XREVRANGE', key, '+', '-', 'COUNT', '1']);
}

/** Takes the reply to {@link lastIdRequest}. */
export class LastId implements ReplySink {
  /** The id; null before the reply, and when the server refused (ACL, another type). */
  id: string | null = null;
  #prefix = '';

  onReply(bytes: Buffer, start: number, end: number, frames: number): void {
    const room = PREFIX_BYTES - this.#prefix.length;
    if (room > 0) this.#prefix += bytes.toString('latin1', start, Math.min(end, start + room));
    if (frames === 0) return;
    this.id = NO_ENTRY.test(this.#prefix) ? '0-0' : (FIRST_ENTRY.exec(this.#prefix)?.[1] ?? null);
  }

  onLost(): void {
    // Then the call itself is lost as well.
  }
}
