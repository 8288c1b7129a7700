import type { Gate, HoldMode } from './gate.js';

/** Longest time that a timer of Node.js can wait (24.8 days); a longer one would ring at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * `CLIENT PAUSE` of a client closes the proxy's own gate, with the server's semantics: of two pauses the later end and the
 * stricter mode win, and UNPAUSE by anyone ends all. The server is paused too, for clients that bypass the proxy; held in
 * the server, one write would hold up a whole lane.
 */
export class ClientPause {
  readonly #gate: Gate;
  readonly #now: () => number;
  #announced = 0;
  #running: { readonly mode: HoldMode; readonly endsAt: number; readonly timer: NodeJS.Timeout } | null = null;

  constructor(gate: Gate, now: () => number) {
    this.#gate = gate;
    this.#now = now;
  }

  /** A pause is about to begin: writes are held until the function that is returned is called. */
  announce(): () => void {
    if (this.#announced++ === 0) this.#gate.close('client-pause-asked', 'writes');
    return () => {
      if (--this.#announced === 0) this.#gate.open('client-pause-asked');
    };
  }

  /** What is left of the pause that is on, ms; 0 when none is. */
  get leftMs(): number {
    return this.#running === null ? 0 : Math.max(0, this.#running.endsAt - this.#now());
  }

  begin(ms: number, asked: HoldMode): void {
    const now = this.#now();
    const before = this.#running;
    const endsAt = Math.max(now + ms, before?.endsAt ?? 0);
    const mode: HoldMode = asked === 'all' || before?.mode === 'all' ? 'all' : 'writes';
    if (before !== null) clearTimeout(before.timer);
    if (before === null) this.#gate.close('client-pause', mode);
    else if (before.mode !== mode) this.#gate.tighten('client-pause');
    this.#running = { mode, endsAt, timer: this.#ringAt(endsAt) };
  }

  end(): void {
    if (this.#running === null) return;
    clearTimeout(this.#running.timer);
    this.#running = null;
    this.#gate.open('client-pause');
  }

  #ringAt(endsAt: number): NodeJS.Timeout {
    return setTimeout(() => this.#onRing(), Math.min(endsAt - this.#now(), LONGEST_TIMER_MS)).unref();
  }

  #onRing(): void {
    if (this.#running === null || this.#now() >= this.#running.endsAt) this.end();
    else this.#running = { ...this.#running, timer: this.#ringAt(this.#running.endsAt) };
  }
}
