import type { NodeId } from '../../../src/config/node-address.js';
import type { Logger } from '../../../src/log/logger.js';
import type { StateStore, SwitchoverReport, SwitchoverRequest, SwitchState } from '../../../src/switchover/ports.js';
import { SwitchoverService } from '../../../src/switchover/service.js';
import { DEFAULT_SETTINGS, type SwitchoverSettings } from '../../../src/switchover/settings.js';
import { FakeClock, nextTurn, turn, TURNS } from './fake-clock.js';
import { FakeDataPath } from './fake-data-path.js';
import { FakeNode, type Trace } from './fake-shard.js';
import { FakeStrategy } from './fake-strategy.js';

export const A = '127.0.0.1:7001';
export const B = '127.0.0.1:7002';
export const C = '127.0.0.1:7003';

/** A state store in memory. */
class FakeStore implements StateStore {
  state: SwitchState | null = null;
  /** How many writes fail from now on. */
  failing = 0;
  readonly writes: SwitchState[] = [];

  read(): SwitchState | null {
    return this.state;
  }
  write(state: SwitchState): Promise<void> {
    if (this.failing > 0) {
      this.failing -= 1;
      return Promise.reject(new Error('the disk is full'));
    }
    this.state = state;
    this.writes.push(state);
    return Promise.resolve();
  }
  probe(): Promise<void> {
    return this.failing > 0 ? Promise.reject(new Error('the disk is full')) : Promise.resolve();
  }
}

/** A shard of a master A with the replicas B and C, a data path, and a service that switches them. */
export class Harness {
  readonly clock = new FakeClock();
  readonly trace: Trace = [];
  readonly a = new FakeNode(A, this.clock, this.trace);
  readonly b = new FakeNode(B, this.clock, this.trace);
  readonly c = new FakeNode(C, this.clock, this.trace);
  readonly dataPath = new FakeDataPath(A, this.trace);
  readonly strategy = new FakeStrategy((id) => this.node(id));
  readonly store = new FakeStore();
  readonly logged: string[] = [];
  readonly finished: SwitchoverReport[] = [];
  readonly diverged: string[] = [];
  readonly phases: string[] = [];
  readonly service: SwitchoverService;
  #ids = 0;

  constructor(settings: Partial<SwitchoverSettings> = {}, state: SwitchState | null = null) {
    this.a.role_ = 'master';
    for (const replica of [this.b, this.c]) replica.follows = A;
    this.store.state = state;
    const note = (_fields: object, message: string) => void this.logged.push(message);
    const log: Logger = { debug: () => undefined, info: note, warn: note, error: note };
    this.service = new SwitchoverService({
      nodes: [this.a, this.b, this.c],
      strategy: this.strategy,
      dataPath: this.dataPath,
      store: this.store,
      clock: this.clock,
      log,
      settings: { ...DEFAULT_SETTINGS, ...settings },
      observer: {
        finished: (report) => void this.finished.push(report),
        diverged: (node) => void this.diverged.push(node),
        phase: (phase) => void this.phases.push(phase),
      },
      newId: () => `switch-${(this.#ids += 1)}`,
    });
  }

  node(id: NodeId): FakeNode {
    const found = [this.a, this.b, this.c].find((node) => node.id === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  }

  /** Moves on until `done` holds; fails a test that would wait for ever. */
  async until(done: () => boolean, what: string): Promise<void> {
    for (let i = 0; i < 5_000; i += 1) {
      for (let quiet = 0; quiet < TURNS; quiet += 1) {
        if (done()) return;
        await nextTurn();
      }
      if (!this.clock.next()) break;
    }
    throw new Error(`never: ${what}; state ${this.service.status().state}; ${this.trace.slice(-12).join(' | ')}`);
  }

  untilState(state: string): Promise<void> {
    return this.until(() => this.service.status().state === state, `state ${state}`);
  }

  /** Rings timers until `ms` have passed. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    do await turn();
    while (this.clock.next(end));
    this.clock.stall(Math.max(0, end - this.clock.now()));
  }

  /** Runs a switchover to its answer. */
  async run(request: SwitchoverRequest = { to: B }): Promise<SwitchoverReport> {
    const answer = this.begin(request);
    await this.until(() => answer.report !== null, 'the answer');
    if (answer.report === null) throw new Error('no answer');
    return answer.report;
  }

  /** Begins one, and lets the caller move the clock. */
  begin(request: SwitchoverRequest = { to: B }): { report: SwitchoverReport | null } {
    const answer: { report: SwitchoverReport | null } = { report: null };
    void this.service.switchover(request).then((report) => {
      answer.report = report;
      return report;
    });
    return answer;
  }

  /** What was done, only these verbs. */
  did(...verbs: readonly string[]): readonly string[] {
    return this.trace.filter((line) => verbs.includes(line.split(' ')[0] ?? ''));
  }
}
