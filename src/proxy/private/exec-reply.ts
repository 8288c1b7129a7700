import { FrameType, ReplyScanner } from '../../resp/reply-scanner.js';
import type { Outcome } from '../../session/transaction.js';
import type { Client } from '../client/client.js';
import type { ReplySink } from '../upstream/reply-sink.js';

const ARRAY = 42;
const LF = 10;
const NONE: ReadonlyMap<number, Outcome> = new Map();

/**
 * Passes EXEC's reply on, and gives the results that change the client's session to those who know what they mean. Only
 * these are gathered; they are small, whatever stands beside them.
 */
export class ExecReply implements ReplySink {
  readonly #client: Client;
  readonly #scanner = new ReplyScanner();
  #outcomes: ReadonlyMap<number, Outcome>;
  /** Which result comes next; -1 before the first. */
  #at = -1;
  readonly #parts: Buffer[] = [];

  constructor(client: Client, outcomes: ReadonlyMap<number, Outcome>) {
    this.#client = client;
    this.#outcomes = outcomes;
  }

  get output(): Client['output'] {
    return this.#client.output;
  }

  onReply(bytes: Buffer, start: number, end: number, frames: number): void {
    let at = start;
    if (this.#at < 0) {
      this.#at = 0;
      at = this.#skipHeader(bytes, start, end);
    }
    let passedOn = start;
    while (at < end && this.#outcomes.size > 0) {
      const outcome = this.#outcomes.get(this.#at);
      const stop = this.#scanner.scan(bytes, at, end);
      if (outcome !== undefined) {
        if (at > passedOn) this.#client.onReply(bytes, passedOn, at, 0);
        passedOn = stop < 0 ? end : stop;
        this.#parts.push(Buffer.from(bytes.subarray(at, passedOn)));
        if (stop >= 0) this.#show(outcome);
      }
      if (stop < 0) break;
      this.#at++;
      at = stop;
    }
    this.#client.onReply(bytes, passedOn, end, frames);
  }

  onLost(frames: number, begun: boolean): void {
    this.#client.onLost(frames, begun);
  }

  /** @returns where the first result begins. A transaction that did not run (an error, null) has none. */
  #skipHeader(bytes: Buffer, start: number, end: number): number {
    const lineEnd = bytes.subarray(start, end).indexOf(LF);
    if (bytes[start] !== ARRAY || lineEnd < 0) this.#outcomes = NONE;
    return start + lineEnd + 1;
  }

  #show(outcome: Outcome): void {
    const result = Buffer.concat(this.#parts.splice(0));
    const shown = result[0] === FrameType.Error ? result : outcome(result);
    this.#client.onReply(shown, 0, shown.length, 0);
  }
}
