import type { SimEvent } from './event-queue.js';

/** Something that can die, or stand still, by itself: a server, a Holdfast, an application. What happens is owned by one. */
export class SimProcess {
  readonly name: string;
  readonly number: number;
  /** Its code uses promises: they are settled behind each of its events. */
  readonly needsTurn: boolean;
  alive = true;
  /** It stands still (SIGSTOP, a machine that swaps): what should happen in it is kept. */
  frozen = false;
  readonly kept: SimEvent[] = [];
  /** Timers that would keep a real process from ending. */
  readonly timers = new Set<object>();
  /** Its connections. */
  readonly sockets = new Set<{ readonly remote: string }>();
  immediates: { run: (() => void) | null }[] = [];
  /** Called once when it dies: what the system closes then. */
  readonly onDeath = new Set<() => void>();

  constructor(name: string, number: number, needsTurn = false) {
    this.name = name;
    this.number = number;
    this.needsTurn = needsTurn;
  }

  /** SIGKILL: nothing of it happens any more; the system closes its connections. */
  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    this.kept.length = 0;
    this.immediates.length = 0;
    for (const close of this.onDeath) close();
    this.onDeath.clear();
  }
}
