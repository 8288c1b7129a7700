import type { AdminPorts } from './ports.js';

/** What /readyz says. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not; empty when ready. */
  readonly reason: string;
}

/**
 * Ready means: a client that connects now is served. A switchover does not end that: its writes wait for a moment and
 * are then answered, and a load balancer that took the proxy out of service for it would break every connection.
 */
export function readiness(ports: AdminPorts, listening: boolean): Readiness {
  if (!listening) return { ready: false, reason: 'the listener for applications is not open' };
  // Also while a failover holds the gate: before it nobody was served, and so it is behind it when it is aborted.
  if (ports.topology.master() === null) {
    return { ready: false, reason: ports.topology.problem() || 'no master is known' };
  }
  const holders = ports.traffic.gateHolders();
  if (holders.includes('switchover')) return { ready: true, reason: '' };
  // A master that was just found has yet to tell which commands it knows; until then all of them are held.
  if (holders.includes('no-master')) return { ready: false, reason: 'the master does not answer yet' };
  return { ready: true, reason: '' };
}
