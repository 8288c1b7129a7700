import type { SwitchoverReport, SwitchoverStatus } from '../switchover/ports.js';
import { alarmsOf } from './alarms.js';
import type { BuildInfo } from './build-info.js';
import type { AdminPorts, NodeView, TrafficCounters } from './ports.js';
import { type Readiness, readiness } from './readiness.js';

/** As many switchovers as the status page draws. */
const SHOWN_SWITCHOVERS = 20;

/** `/status.json`, and all that the status page shows. */
export interface StatusDocument {
  readonly build: BuildInfo;
  readonly uptimeSeconds: number;
  readonly readiness: Readiness;
  readonly master: string | null;
  readonly problem: string;
  readonly switchover: SwitchoverStatus;
  readonly alarms: readonly string[];
  readonly gateHolders: readonly string[];
  readonly traffic: TrafficCounters;
  readonly nodes: readonly NodeView[];
  /** Newest first. */
  readonly history: readonly SwitchoverReport[];
}

/** Everything at one moment. */
export async function statusDocument(ports: AdminPorts, build: BuildInfo, listening: boolean): Promise<StatusDocument> {
  const traffic = await ports.traffic.counters();
  return {
    build,
    uptimeSeconds: Math.floor(process.uptime()),
    readiness: readiness(ports, listening),
    master: ports.topology.master(),
    problem: ports.topology.problem(),
    switchover: ports.switchover.status(),
    alarms: alarmsOf(ports),
    gateHolders: ports.traffic.gateHolders(),
    traffic,
    nodes: ports.topology.nodes(),
    history: ports.switchover.history().slice(-SHOWN_SWITCHOVERS).reverse(),
  };
}
