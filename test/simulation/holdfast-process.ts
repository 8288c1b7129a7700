import type { Config } from '../../src/config/settings.js';
import { FailoverWatch } from '../../src/cli/failover-watch.js';
import { makeShard } from '../../src/cli/make-shard.js';
import { makeStrategy } from '../../src/cli/make-strategy.js';
import { MasterWatch } from '../../src/cli/master-watch.js';
import { ControlNode } from '../../src/control/control-node.js';
import { systemClock } from '../../src/control/system-clock.js';
import { TopologyMonitor } from '../../src/control/topology-monitor.js';
import { Turns } from '../../src/control/turns.js';
import type { Logger } from '../../src/log/logger.js';
import { Refusals } from '../../src/log/refusals.js';
import { Listener } from '../../src/proxy/entrance/listener.js';
import { Traffic } from '../../src/proxy/traffic.js';
import type { Shard } from '../../src/proxy/shard.js';
import type { StateStore, SwitchoverReport, SwitchoverRequest } from '../../src/switchover/ports.js';
import { SwitchoverService } from '../../src/switchover/service.js';
import type { EventLoop } from './world/event-loop.js';
import { SimProcess } from './world/sim-process.js';

export interface HoldfastOptions {
  readonly loop: EventLoop;
  readonly number: number;
  readonly config: Config;
  readonly store: StateStore;
  readonly log: Logger;
  readonly finished: (report: SwitchoverReport) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * One run of `holdfast serve` with one worker, plugged together as `cli/serve.ts` does it: the data path, the switch, the control
 * connections (ioredis), the monitor. Left out are the files (state, certificates, log) and the admin ports: the simulation speaks
 * to {@link SwitchoverService}, as the admin commands do.
 */
export class HoldfastProcess {
  readonly process: SimProcess;
  readonly #options: HoldfastOptions;
  #parts: ReturnType<typeof assemble> | null = null;
  /** It has stopped by itself, everything closed. */
  stopped = false;

  constructor(options: HoldfastOptions) {
    this.#options = options;
    this.process = new SimProcess(`holdfast-${options.number}`, options.number, true);
    this.#do('start', async () => {
      const { config } = options;
      this.#parts = assemble(options);
      const { listener, watch, topology, service, roles, failover } = this.#parts;
      for (const address of config.listen) await listener.listen(address);
      watch.start(topology);
      service.watchStore();
      roles.start();
      failover?.start();
    });
  }

  get shard(): Shard | null {
    return this.#parts?.shard ?? null;
  }

  /** Serves a master, nobody is held, nothing is left to be done, and there is no alarm. */
  get atRest(): boolean {
    const parts = this.#parts;
    if (!this.process.alive || parts === null || parts.shard.master === null) return false;
    const { state, alarms } = parts.service.status();
    return parts.traffic.gateHolders().length === 0 && state === 'serving' && alarms.length === 0;
  }

  /** Whom the switch that is not over yet has promoted, or is about to promote. */
  get promoted(): string | null {
    return this.#parts?.service.status().to ?? null;
  }

  /** In a sentence, for whoever waits in vain. */
  get condition(): string {
    const parts = this.#parts;
    if (!this.process.alive) return 'dead';
    if (parts === null) return 'not started';
    const { state, alarms } = parts.service.status();
    return `serves ${parts.shard.master}, gate held by [${parts.traffic.gateHolders().join()}], ${state}, alarms [${alarms.join()}], ${parts.watch.problem()}`;
  }

  /** @param answered the report; never called when the process dies. */
  switchover(request: SwitchoverRequest, answered: (report: SwitchoverReport) => void): void {
    const service = this.#parts?.service;
    if (service === undefined) throw new Error('it has not started');
    this.#do('operator', async () => answered(await service.switchover(request)));
  }

  /** The admin port answers. */
  get listens(): boolean {
    return this.#parts !== null && this.process.alive;
  }

  abort(): void {
    this.#do('abort', () => {
      this.#parts?.service.abort();
      return Promise.resolve();
    });
  }

  /** SIGTERM; then step by step what `serve` does. */
  stop(): void {
    this.#do('stop', async () => {
      const parts = this.#parts;
      if (parts === null) return;
      parts.listener.stop();
      parts.traffic.releaseByHand();
      await parts.service.shutdown();
      await parts.listener.drain(this.#options.config.drainOnShutdownMs);
      parts.failover?.stop();
      parts.topology.stop();
      parts.roles.stop();
      for (const node of parts.nodes) node.close();
      parts.shard.destroy();
      this.stopped = true;
    });
  }

  #do(what: string, run: () => Promise<void>): void {
    this.#options.loop.after(this.process, 0, what, () => {
      run().catch((error: unknown) => this.#options.failed(error));
    });
  }
}

function assemble({ config, store, log, finished, loop }: HoldfastOptions) {
  const shard = makeShard(config, null, log);
  const { maxClients, handshakeTimeoutMs, proxyProtocolFrom } = config;
  const refusals = new Refusals(log, () => performance.now());
  const listener = new Listener(shard, {
    maxClients,
    tls: null,
    proxyProtocolFrom,
    handshakeTimeoutMs,
    refusals,
    log,
  });
  const traffic = new Traffic(shard);
  const turns = new Turns();
  const newNode = (address: string): ControlNode => new ControlNode(address, {}, turns);
  const nodes = config.nodes.map(newNode);
  const { strategy, source, ...roles } = makeStrategy({ config, nodes, newNode, tlsTo: null, log });
  const service = new SwitchoverService({
    nodes,
    strategy,
    dataPath: traffic,
    store,
    clock: systemClock,
    log,
    settings: config,
    observer: { finished, diverged: () => undefined, phase: () => undefined },
    newId: () => `switch-${loop.events}`,
  });
  const watch = new MasterWatch(service, shard, log);
  const topology = new TopologyMonitor({
    source,
    nodes: config.nodes.map(newNode),
    listener: watch,
    clock: systemClock,
    log,
    intervalMs: config.probeIntervalMs,
    timeoutMs: config.connectTimeoutMs,
  });
  shard.lookAtRoles = () => watch.look();
  const failover = config.autoFailover
    ? new FailoverWatch({
        switchover: service,
        seen: watch,
        clock: systemClock,
        log,
        downAfterMs: config.downAfterMs,
        lateMs: config.connectTimeoutMs / 2,
      })
    : null;
  return { shard, listener, traffic, nodes, roles, service, watch, topology, failover };
}
