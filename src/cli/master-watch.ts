import type { NodeId } from '../config/node-address.js';
import type { TopologyListener, TopologyMonitor } from '../control/topology-monitor.js';
import type { Logger } from '../log/logger.js';
import type { SwitchoverService } from '../switchover/service.js';

/** What the watch tells the traffic. */
export interface MasterServed {
  readonly master: NodeId | null;
  serve(node: NodeId | null): Promise<void>;
}

/**
 * Decides which master is served while no switch of our own decides it.
 *
 * 1. The monitor sees the roles change, at the start or because somebody else moved the master.
 * 2. The switchover's memory is asked what that means ({@link SwitchoverService.recover}): an unfinished switch is finished
 *    or undone, two masters that nothing explains are not served.
 * 3. The traffic is told.
 *
 * While a switch runs the monitor is suspended, and afterwards it goes on from where the switch ended.
 */
export class MasterWatch implements TopologyListener {
  readonly #service: SwitchoverService;
  readonly #traffic: MasterServed;
  readonly #log: Logger;
  #monitor: TopologyMonitor | null = null;
  #said = '';

  constructor(service: SwitchoverService, traffic: MasterServed, log: Logger) {
    this.#service = service;
    this.#traffic = traffic;
    this.#log = log;
  }

  start(monitor: TopologyMonitor): void {
    this.#monitor = monitor;
    this.#service.onState((status) => {
      if (status.state === 'serving')
        monitor.resume(
          this.#traffic.master,
          status.unsettled.map(({ node }) => node),
        );
      else monitor.suspend();
    });
    monitor.start();
  }

  masterChanged(master: NodeId | null, problem: string): void {
    if (master === null) {
      this.#log.warn({ problem }, 'no master is served until the shard has exactly one');
      void this.#traffic.serve(null);
    }
    this.#decide();
  }

  problemChanged(): void {
    if (this.#traffic.master === null) this.#decide();
  }

  #decide(): void {
    if (this.#monitor === null || this.#service.status().state !== 'serving') return;
    const plan = this.#service.recover(this.#monitor.roles());
    switch (plan.type) {
      case 'serve':
      case 'undo':
      case 'finish':
        this.#said = '';
        if (plan.type !== 'serve')
          this.#log.warn({ ...plan.intent, plan: plan.type }, 'an unfinished switchover was found');
        void this.#traffic.serve(plan.master);
        return;
      case 'wait':
        this.#sayOnce(plan.sentence);
        return;
      case 'two-masters':
        this.#sayOnce(`two masters, and no switchover explains them: ${plan.masters.join(' and ')}`);
    }
  }

  #sayOnce(sentence: string): void {
    if (sentence !== this.#said) this.#log.error({}, `nothing is served: ${sentence}`);
    this.#said = sentence;
  }
}
