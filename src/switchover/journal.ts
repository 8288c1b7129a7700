import type { Logger } from '../log/logger.js';
import type { RecordChange } from './effects.js';
import { onTopOf, withoutAttempt, type Intent } from './intent.js';
import type { Clock, StateStore, SwitchoverReport, SwitchState } from './ports.js';

/** Reports that are kept: enough for a year of weekly switches, and the file stays under 100 KB. */
const HISTORY_MAX = 100;
/** Between two attempts to write a state that could not be written, ms. A full disk is not emptied faster. */
const RETRY_MS = 1_000;
/** How soon it is known that a state could not be written, long before a switchover wants to, ms. */
const PROBE_MS = 5_000;

const EMPTY_STATE: SwitchState = { version: 1, epoch: 0, master: null, intent: null, history: [] };

/**
 * The durable state: one writer, one write at a time, always the newest state. What could not be written is tried again
 * until it can, and is an alarm until then; only the intent is waited for.
 */
export class Journal {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  #state: SwitchState;
  #written: SwitchState;
  #writing: Promise<void> | null = null;
  #problem = '';
  #cancelRetry: (() => void) | null = null;
  #cancelProbe: (() => void) | null = null;

  constructor(store: StateStore, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#state = store.read() ?? EMPTY_STATE;
    this.#written = this.#state;
  }

  /** The state as it should be on disk. */
  get state(): SwitchState {
    return this.#state;
  }

  /** Why the state on disk is not {@link state}, or the next one could not be written; else empty. */
  get problem(): string {
    return this.#problem;
  }

  /** Looks from now on whether the state can be written, also while nothing is to be. */
  watch(): void {
    this.#cancelProbe = this.#clock.schedule(this.#problem === '' ? PROBE_MS : RETRY_MS, () => void this.#probe());
  }

  /** As {@link recordIntent}, where nobody has to wait for the disk. */
  begin(intent: Intent): void {
    this.#state = { ...this.#state, intent };
    void this.#flush();
  }

  /**
   * Settles when the intent is on disk, together with what an earlier attempt has left; rejects, and takes it back, when that is
   * impossible.
   */
  async recordIntent(asked: Intent): Promise<void> {
    const intent = onTopOf(asked, this.#state.intent);
    this.#state = { ...this.#state, intent };
    await this.#flush();
    if (this.#problem === '') return;
    const why = this.#problem;
    this.#state = { ...this.#state, intent: withoutAttempt(this.#state.intent, intent.id, false) };
    throw new Error(why);
  }

  /** Notes the end of a switchover, or of a part of it. */
  record(change: RecordChange): void {
    this.#state = applyChange(this.#state, change);
    void this.#flush();
  }

  /**
   * The master that is served, found out by other means than a switchover; an unfinished switch is done with.
   *
   * @param report how that one ended.
   */
  adopt(master: SwitchState['master'], report: SwitchoverReport | null): void {
    const history = report === null ? this.#state.history : withReport(this.#state.history, report);
    this.#state = { ...this.#state, master, intent: null, history };
    void this.#flush();
  }

  /** Settles when nothing is being written any more; what could not be written by then is lost. */
  async close(): Promise<void> {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#cancelProbe?.();
    this.#cancelProbe = null;
    await this.#writing;
  }

  /** What is being written, or has to be, tells by itself. */
  async #probe(): Promise<void> {
    if (this.#writing === null && this.#written === this.#state) {
      const problem = await this.#store.probe().then(() => '', wordsOf);
      if (this.#writing === null && this.#written === this.#state) this.#note(problem);
    }
    if (this.#cancelProbe !== null) this.watch();
  }

  #note(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem === '') this.#log.info({}, 'the switch state can be written again');
    else this.#log.error({ problem }, 'the switch state can not be written');
  }

  #flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    // What changed while a write was under way is written next; the caller's promise covers it.
    while (this.#written !== this.#state) {
      const state = this.#state;
      try {
        await this.#store.write(state);
        this.#written = state;
        this.#note('');
      } catch (error) {
        this.#note(wordsOf(error));
        this.#cancelRetry?.();
        this.#cancelRetry = this.#clock.schedule(RETRY_MS, () => void this.#flush());
        return;
      }
    }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The state after a change. Pure. */
function applyChange(state: SwitchState, change: RecordChange): SwitchState {
  const { id, outcome } = change.report;
  return {
    ...state,
    master: change.master ?? state.master,
    epoch: change.epoch ?? state.epoch,
    intent: change.intentDone ? withoutAttempt(state.intent, id, outcome === 'switched') : state.intent,
    history: withReport(state.history, change.report),
  };
}

function withReport(history: readonly SwitchoverReport[], report: SwitchoverReport): readonly SwitchoverReport[] {
  const index = history.findIndex((each) => each.id === report.id);
  if (index >= 0) return history.with(index, report);
  return [...history, report].slice(-HISTORY_MAX);
}
