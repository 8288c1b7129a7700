import type { NodeId } from '../../config/node-address.js';
import type { Client } from '../client/client.js';

/*
 * The target of a redirection may be a client of another process. Only that one knows its connection, so it is asked before
 * a server is told of the tracking: each time anew, because the connection may be another one by then.
 */

/** Settles when it is known whether another process has this client, and how `node` numbers its connection. */
export async function askForTarget(tracker: Client, id: number, node: NodeId): Promise<void> {
  const { peers } = tracker.shard;
  if (peers === null) return;
  const answers = await peers.ask('redirectTarget', { id, node });
  tracker.distantTargets ??= new Map();
  tracker.distantTargets.set(keyOf(id, node), Math.max(0, ...answers));
}

/** True when the answer to {@link askForTarget} is there, and nobody has taken it yet. */
export function isTargetKnown(tracker: Client, id: number, node: NodeId): boolean {
  return tracker.distantTargets?.has(keyOf(id, node)) === true;
}

/** Another process has this client, and it has a connection to this node. */
export function isTargetAt(tracker: Client, id: number, node: NodeId): boolean {
  return (tracker.distantTargets?.get(keyOf(id, node)) ?? 0) > 0;
}

/** @returns the server's number of the target's connection; 0: no other process has this client, as far as is known. */
export function takeTarget(tracker: Client, id: number, node: NodeId): number {
  const serverId = tracker.distantTargets?.get(keyOf(id, node)) ?? 0;
  tracker.distantTargets?.delete(keyOf(id, node));
  if (tracker.distantTargets?.size === 0) tracker.distantTargets = null;
  return serverId;
}

function keyOf(id: number, node: NodeId): string {
  return `${id} ${node}`;
}
