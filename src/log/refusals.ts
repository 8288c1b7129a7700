import { CONNECTION_REFUSALS, LISTENERS, type ConnectionRefusal, type ListenerName } from '../errors/refusal-table.js';
import type { Logger } from './logger.js';

/** One line a second for each reason: whoever connects in a loop must not fill the disk. */
const LOG_EVERY_MS = 1000;

interface Count {
  readonly listener: ListenerName;
  readonly reason: ConnectionRefusal;
  count: number;
  loggedAt: number;
  /** Not logged since then. */
  silent: number;
}

/** Connections that ended before their first request: all are counted, some are logged. */
export class Refusals {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #counts: readonly Count[];

  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#now = now;
    const reasons = Object.keys(CONNECTION_REFUSALS) as ConnectionRefusal[];
    this.#counts = LISTENERS.flatMap((listener) =>
      reasons.map((reason) => ({ listener, reason, count: 0, loggedAt: -Infinity, silent: 0 })),
    );
  }

  /** @param client who it was. @param why the particulars, in words; empty when the reason says it all. */
  note(listener: ListenerName, reason: ConnectionRefusal, client: string, why = ''): void {
    const entry = this.#counts.find((each) => each.listener === listener && each.reason === reason);
    if (entry === undefined) return;
    entry.count++;
    const now = this.#now();
    if (now - entry.loggedAt < LOG_EVERY_MS) {
      entry.silent++;
      return;
    }
    const more = entry.silent === 0 ? {} : { alsoRefused: entry.silent };
    entry.loggedAt = now;
    entry.silent = 0;
    const particulars = why === '' ? '' : ` (${why})`;
    this.#log.warn(
      { listener, reason, client, ...more },
      `a connection was refused: ${CONNECTION_REFUSALS[reason]}${particulars}`,
    );
  }

  counts(): readonly Pick<Count, 'listener' | 'reason' | 'count'>[] {
    return this.#counts;
  }
}
