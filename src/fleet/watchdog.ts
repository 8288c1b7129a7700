import type { Logger } from '../log/logger.js';
import { ANSWER_MS, type Members } from './members.js';

export interface WatchTimes {
  /** How often each member is asked what it counts, ms; so this is known of one that dies. */
  readonly everyMs: number;
  /** How long its answer may take, ms. */
  readonly answerMs: number;
  /** After so many questions in a row without an answer, a member is ended and started anew: its clients wait for nothing. */
  readonly silencesMax: number;
}

const WATCH_TIMES: WatchTimes = { everyMs: 1000, answerMs: ANSWER_MS, silencesMax: 10 };

/** Asks each member again and again what it counts, and ends one that stands still. */
export class Watchdog {
  readonly #members: Members;
  readonly #log: Logger;
  readonly #times: WatchTimes;
  readonly #timer: NodeJS.Timeout;

  constructor(members: Members, log: Logger, times: WatchTimes = WATCH_TIMES) {
    this.#members = members;
    this.#log = log;
    this.#times = times;
    this.#timer = setInterval(() => void this.#look(), times.everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { answerMs, silencesMax } = this.#times;
    const looks = this.#members.all().map(async (member) => {
      // The question before may have been the last that it was given.
      if ((await member.watch(answerMs)) < silencesMax || member.isEnding) return;
      this.#log.error({ worker: member.name }, 'a worker is ended: it stands still');
      await member.end();
    });
    await Promise.all(looks);
  }
}
