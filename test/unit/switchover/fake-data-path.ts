import type { NodeId } from '../../../src/config/node-address.js';
import type { DataPath, HoldFigures } from '../../../src/switchover/ports.js';
import type { Trace } from './fake-shard.js';

export type DataPathVerb = keyof DataPath;

/** A data path that keeps the rules of its port, and says so when they are broken. */
export class FakeDataPath implements DataPath {
  master: NodeId | null;
  closed = false;
  holds = 0;
  releases = 0;
  releaseCalls = 0;
  prepared: NodeId | null = null;
  /** Calls that throw at once, how often. */
  readonly throwing = new Map<DataPathVerb, number>();
  /** How `prepare`, `drained` and `mark` end: `done`, `never`, or rejected with the text. */
  prepareEnds = 'done';
  drainEnds = 'done';
  markEnds = 'done';
  /** When `redirect` is done: in its own turn, or when the test calls {@link redirected}. */
  redirectEnds: 'at-once' | 'later' = 'at-once';
  redirected: () => void = () => undefined;
  /** The master at each release. */
  readonly releasedTo: (NodeId | null)[] = [];
  readonly #trace: Trace;

  constructor(master: NodeId, trace: Trace) {
    this.master = master;
    this.#trace = trace;
  }

  prepare(target: NodeId): Promise<number> {
    this.#note('prepare', target);
    if (this.prepareEnds === 'never') return new Promise(() => undefined);
    if (this.prepareEnds !== 'done') return Promise.reject(new Error(this.prepareEnds));
    this.prepared = target;
    return Promise.resolve(5);
  }
  discardPrepared(): void {
    this.#note('discardPrepared', '');
    this.prepared = null;
  }
  hold(): void {
    this.#note('hold', '');
    if (this.closed) throw new Error('the gate is closed already');
    this.closed = true;
    this.holds += 1;
  }
  drained(signal: AbortSignal): Promise<void> {
    this.#note('drained', '');
    if (this.drainEnds === 'done') return Promise.resolve();
    if (this.drainEnds !== 'never') return Promise.reject(new Error(this.drainEnds));
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    });
  }
  mark(): Promise<void> {
    this.#note('mark', '');
    if (this.markEnds === 'done') return Promise.resolve();
    if (this.markEnds === 'never') return new Promise(() => undefined);
    return Promise.reject(new Error(this.markEnds));
  }
  redirect(target: NodeId, done: () => void): void {
    this.#note('redirect', target);
    this.master = target;
    if (this.redirectEnds === 'at-once') done();
    else this.redirected = done;
  }
  withdraw(): void {
    this.#note('withdraw', '');
    this.master = null;
  }
  release(): HoldFigures {
    this.releaseCalls += 1;
    if (!this.closed) throw new Error('the gate is open already');
    this.closed = false;
    this.releases += 1;
    this.releasedTo.push(this.master);
    this.#note('release', this.master ?? 'nobody');
    return { heldClients: 7, heldCommands: 9 };
  }

  #note(verb: DataPathVerb, details: string): void {
    this.#trace.push(details === '' ? verb : `${verb} ${details}`);
    const left = this.throwing.get(verb) ?? 0;
    if (left > 0) {
      this.throwing.set(verb, left - 1);
      throw new Error(`${verb} threw`);
    }
  }
}
