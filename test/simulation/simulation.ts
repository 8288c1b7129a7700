import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/settings.js';
import type { SwitchoverReport } from '../../src/switchover/ports.js';
import { judge } from '../history/judge.js';
import { Recorder } from '../history/recorder.js';
import type { Application, ApplicationOptions } from './client/application.js';
import { Bypass } from './client/bypass.js';
import { Pipeliner, Scripter } from './client/kinds.js';
import { Consumer, Producer, Publisher, Subscriber } from './client/queues.js';
import { Swapper, Transactor } from './client/transactions.js';
import { DurableState } from './durable-state.js';
import type { ByHand } from './hand.js';
import type { Findings } from './findings.js';
import { HoldfastProcess } from './holdfast-process.js';
import type { Scenario } from './scenario.js';
import { SimulatedShard } from './simulated-shard.js';
import type { Trace } from './trace.js';
import { Dice } from './world/dice.js';
import { EventLoop } from './world/event-loop.js';
import { Network } from './world/network.js';
import { SimProcess } from './world/sim-process.js';

/** Where applications connect. */
const FRONT = '10.0.1.1:6379';

const KINDS: readonly (new (options: ApplicationOptions) => Application)[] = [
  Pipeliner,
  Pipeliner,
  Pipeliner,
  Transactor,
  Swapper,
  Scripter,
  Producer,
  Consumer,
  Consumer,
  Publisher,
  Subscriber,
];

/** The world of one run: servers, a Holdfast, applications, and whoever gives orders and breaks things. */
export class Simulation {
  readonly scenario: Scenario;
  readonly loop: EventLoop;
  readonly network: Network;
  readonly shard: SimulatedShard;
  readonly recorder: Recorder;
  readonly applications: readonly Application[];
  readonly disk = new DurableState();
  /** Who gives orders and breaks things. */
  readonly hand = new SimProcess('hand', 99);
  readonly reports: SwitchoverReport[] = [];
  /** What people had to repair. */
  readonly byHand: ByHand[] = [];
  /** What went wrong in the product without anybody noticing it elsewhere. */
  readonly defects: string[] = [];
  readonly #trace: Trace;
  #holdfast: HoldfastProcess;
  #starts = 0;
  /** Orders whose answer is still to come. */
  #unanswered = 0;
  #isRepaired = false;

  constructor(scenario: Scenario, trace: Trace) {
    this.scenario = scenario;
    this.#trace = trace;
    this.loop = new EventLoop(scenario.seed, trace.event);
    const { latencyMs, spikes, slices, slow, windowBytes, restMs, rounds } = scenario;
    this.network = new Network(this.loop, { latencyMs, spikes, spikeMs: 5, slices, slow, windowBytes });
    this.shard = new SimulatedShard(this.network, scenario);
    this.recorder = new Recorder(() => this.loop.now);
    const order = new Dice(scenario.seed);
    const kinds = Array.from({ length: scenario.applications }, () => order.pick(KINDS));
    const options = (name: string, index: number): ApplicationOptions => {
      const { network, recorder } = this;
      return { name: `${name}-${index}`, number: 20 + index, network, recorder, address: FRONT, restMs, rounds };
    };
    const through = kinds.map((kind, index) => new kind(options(kind.name.toLowerCase(), index)));
    // Where Holdfast dies, or is cut off, nobody renews the pause that keeps this one from the old master.
    const bypass = new Bypass(options('bypass', kinds.length), () => this.shard.masters[0]?.address ?? null);
    this.applications = scenario.faults.length === 0 ? [...through, bypass] : through;
    this.#holdfast = this.#startHoldfast();
  }

  get holdfast(): HoldfastProcess {
    return this.#holdfast;
  }

  /** All is repaired, the applications have done their rounds, and every order has its answer. */
  get quiet(): boolean {
    return this.#isRepaired && this.#unanswered === 0 && this.applications.every(({ idle }) => idle);
  }

  /** In a sentence, for whoever waits in vain. */
  get condition(): string {
    const busy = this.applications.filter(({ idle }) => !idle).map(({ name }) => name);
    return `${this.#unanswered} orders unanswered, busy [${busy.join()}]; ${this.#holdfast.condition}; ${this.shard.condition}`;
  }

  repaired(): void {
    this.#isRepaired = true;
  }

  hangUp(): void {
    for (const application of this.applications) application.leave();
  }

  findings(broken: readonly string[]): Findings {
    const { scenario, reports, loop, byHand } = this;
    const { outcomes } = judge(this.recorder.operations());
    return {
      scenario,
      broken,
      reports,
      byHand,
      outcomes,
      events: loop.events,
      virtualMs: loop.now,
      hash: (loop.hash >>> 0).toString(16).padStart(8, '0'),
    };
  }

  readonly note = (what: string): void => {
    this.#trace.note(this.loop.now, what);
  };

  /** SIGKILL, and a new process after a while. */
  crashHoldfast(downMs: number): void {
    this.#unanswered = 0;
    this.#holdfast.process.kill();
    this.loop.after(this.hand, downMs, 'restart holdfast', () => {
      this.#holdfast = this.#startHoldfast();
    });
  }

  orderSwitch(to: string | null): void {
    if (!this.#holdfast.listens) return;
    this.note(`SWITCHOVER ${to === null ? '' : `TO ${to}`}`);
    this.#unanswered++;
    this.#holdfast.switchover(to === null ? {} : { to }, (report) => {
      this.#unanswered--;
      this.note(`${report.outcome} ${report.sentence}`);
    });
  }

  #startHoldfast(): HoldfastProcess {
    const failed = (error: unknown): void =>
      void this.defects.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const line = (level: string) => (fields: object, message: string) => {
      const { err, ...rest } = fields as { err?: unknown };
      const why = err instanceof Error ? ` ${err.message}` : '';
      this.note(`${level} ${message}${why} ${JSON.stringify(rest)}`);
      if (/defect|listener of/.test(message)) failed(err);
    };
    return new HoldfastProcess({
      loop: this.loop,
      number: 10 + this.#starts++,
      config: configOf(
        this.shard.servers.map(({ address }) => address),
        this.scenario.autoFailover,
      ),
      store: this.disk.open(),
      log: { debug: () => undefined, info: line('info'), warn: line('warn'), error: line('error') },
      finished: (report) => void this.reports.push(report),
      failed,
    });
  }
}

/** As short as the rules allow: a run should see some. */
const FAILOVER_FLAGS = { autoFailover: true, downAfterMs: '2000', outageHoldMs: '8000' };

const CONFIGS = new Map<string, Config>();

/** The defaults, for these nodes; read once, since nothing of it changes. */
function configOf(nodes: readonly string[], autoFailover: boolean): Config {
  const key = `${nodes.join()} ${autoFailover}`;
  const known = CONFIGS.get(key);
  if (known !== undefined) return known;
  const flags = { nodes, listen: [FRONT], ...(autoFailover ? FAILOVER_FLAGS : {}) };
  const { config } = loadConfig({ flags, environment: {}, file: null, readText: () => '' });
  CONFIGS.set(key, config);
  return config;
}
