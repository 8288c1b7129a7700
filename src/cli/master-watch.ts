import type { NodeView, TopologyView } from '../admin/ports.js';
import type { NodeId } from '../config/node-address.js';
import type { TopologyListener, TopologyMonitor } from '../control/topology-monitor.js';
import type { Logger } from '../log/logger.js';
import type { SwitchoverStatus } from '../switchover/ports.js';
import type { RecoveryPlan } from '../switchover/recovery.js';
import type { LostMaster } from '../switchover/run.js';
import type { SwitchoverService } from '../switchover/service.js';

/** What the watch tells the traffic. */
export interface MasterServed {
  readonly master: NodeId | null;
  serve(node: NodeId | null): Promise<void>;
}

/**
 * Decides which master is served while no switch of our own decides it, and says which one that is.
 *
 * 1. The monitor sees the roles change, at the start or because somebody else moved the master.
 * 2. The switchover's memory is asked what that means ({@link SwitchoverService.recover}): an unfinished switch is finished
 *    or undone, two masters that nothing explains are not served.
 * 3. The traffic is told.
 *
 * While a switch runs the monitor is suspended, and afterwards it goes on from where the switch ended. A settling that
 * takes longer than it should is watched as well: the new master may die before the last node follows it. So is one in which
 * the new master says that it is none.
 */
export class MasterWatch implements TopologyListener, TopologyView {
  readonly #service: SwitchoverService;
  readonly #traffic: MasterServed;
  readonly #log: Logger;
  #monitor: TopologyMonitor | null = null;
  #isWatchingSettling = false;
  #lastServed: NodeId | null = null;
  #said = '';
  /** What an unfinished switch leaves unclear; it says more than what the roles are. */
  #unclear = '';
  #isRecalling = false;

  constructor(service: SwitchoverService, traffic: MasterServed, log: Logger) {
    this.#service = service;
    this.#traffic = traffic;
    this.#log = log;
  }

  start(monitor: TopologyMonitor): void {
    this.#monitor = monitor;
    this.#service.askForLostMaster(() => this.lastMaster());
    this.#service.onState((status) => this.#followSwitch(status, monitor));
    monitor.start();
  }

  /** The master that is served, or was last, as the monitor saw it; null: nobody knows one. */
  lastMaster(): Omit<LostMaster, 'force'> | null {
    this.#lastServed = this.#traffic.master ?? this.#lastServed;
    const node = this.#lastServed ?? this.#service.recordedMaster();
    return node === null ? null : (this.#monitor?.lastSeen(node) ?? null);
  }

  /** The master that is served; the monitor may see one that is not, as long as an unfinished switch is unclear. */
  master(): NodeId | null {
    return this.#traffic.master;
  }

  problem(): string {
    if (this.#traffic.master !== null) return '';
    const { state, from, to } = this.#service.status();
    if (state === 'unresolved') return `it is not known whether ${from} or ${to} is the master after a switchover`;
    return this.#unclear || this.#monitor?.problem() || this.#said || 'the nodes have not been asked yet';
  }

  nodes(): readonly NodeView[] {
    return this.#monitor?.nodes() ?? [];
  }

  masters(): readonly NodeId[] {
    return this.#monitor?.masters() ?? [];
  }

  masterChanged(master: NodeId | null, problem: string): void {
    this.#lastServed = this.#traffic.master ?? this.#lastServed;
    if (master === null) {
      this.#log.warn({ problem }, 'no master is served until the shard has exactly one');
      void this.#traffic.serve(null);
    }
    this.#decide();
  }

  returned([node]: readonly NodeId[], master: NodeId): void {
    if (node !== undefined && this.#traffic.master === master) this.#service.rejoin(node, master);
  }

  problemChanged(): void {
    if (this.#traffic.master === null) this.#decide();
  }

  /** Asks all nodes now: the one that is served has said that it is not the master. A settling is watched from then on. */
  async look(): Promise<void> {
    const monitor = this.#monitor;
    const status = this.#service.status();
    if (monitor === null) return;
    if (status.state === 'settling' && !this.#isWatchingSettling) this.#goOn(status, monitor);
    await monitor.look();
  }

  #followSwitch(status: SwitchoverStatus, monitor: TopologyMonitor): void {
    const isSettling = status.state === 'settling';
    const isWatched = isSettling && (this.#isWatchingSettling || status.alarms.length > 0);
    if (status.state !== 'serving' && !isWatched) {
      this.#isWatchingSettling = false;
      monitor.suspend();
      return;
    }
    // Told at each attempt of the settling; to begin anew each time would end every round of the monitor too early.
    if (isSettling && this.#isWatchingSettling) this.#giveWay(monitor.master());
    else this.#goOn(status, monitor);
  }

  #goOn({ state, unsettled, from }: SwitchoverStatus, monitor: TopologyMonitor): void {
    this.#isWatchingSettling = state === 'settling';
    monitor.resume(
      this.#traffic.master,
      // A replica that still has to follow, and says that it is a master, was promoted by somebody.
      unsettled.map(({ node }) => node).filter((node) => node === from),
    );
  }

  #decide(): void {
    if (this.#monitor === null) return;
    const { state } = this.#service.status();
    // The nodes that still have to follow are known; whoever else is the only master is the one that was promoted.
    if (state === 'settling') {
      const master = this.#monitor.master();
      void this.#traffic.serve(master);
      this.#giveWay(master);
    } else if (state === 'serving') this.#recover(this.#monitor);
  }

  /** A settling does not work against whoever has moved the master on. */
  #giveWay(master: NodeId | null): void {
    if (master !== null && master !== this.#service.status().to) this.#service.overtaken(master);
  }

  #recover(monitor: TopologyMonitor): void {
    const plan = this.#service.recover(monitor.roles());
    this.#unclear = '';
    switch (plan.type) {
      case 'serve':
      case 'undo':
      case 'finish':
        this.#said = '';
        void this.#traffic.serve(plan.master);
        return;
      case 'succession':
        this.#said = '';
        void this.#traffic.serve(plan.master);
        this.#service.rejoin(plan.former, plan.master);
        return;
      case 'recall':
        this.#unclear = `${plan.intent.to} may yet be promoted by what an ended process has sent to it`;
        this.#sayOnce(this.#unclear);
        void this.#recall(plan);
        return;
      case 'wait':
        if (plan.problem === 'intent-unclear') this.#unclear = plan.sentence;
        this.#sayOnce(plan.sentence);
        return;
      case 'two-masters':
        this.#sayOnce(`two masters, and no switchover explains them: ${plan.masters.join(' and ')}`);
    }
  }

  async #recall(plan: Extract<RecoveryPlan, { readonly type: 'recall' }>): Promise<void> {
    if (this.#isRecalling) return;
    this.#isRecalling = true;
    const mayDecide = await this.#service.recall(plan);
    this.#isRecalling = false;
    if (mayDecide) this.#decide();
  }

  #sayOnce(sentence: string): void {
    if (sentence !== this.#said) this.#log.error({}, `nothing is served: ${sentence}`);
    this.#said = sentence;
  }
}
