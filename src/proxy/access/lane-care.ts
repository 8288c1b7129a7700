import type { NodeId } from '../../config/node-address.js';
import { userOf, type Identity } from '../../session/identity.js';
import { disconnect } from '../client/disconnect.js';
import type { LaneSlot } from '../upstream/lane-spread.js';
import type { NodeLinks } from '../upstream/node-links.js';
import type { Shard } from '../shard.js';
import { UpstreamError } from '../upstream/upstream-error.js';

/** How long a lane that no client speaks over stays open: a pool that comes back in a moment finds it. */
export const LANE_IDLE_MS = 10_000;

/** How often it is looked whether connections get on. A lane that does not is left after twice this at most. */
export const LOOK_MS = 1000;

/** The lanes that are worth having, those that clients want and Holdfast's own, by key. */
export function lanesInUse(shard: Shard): ReadonlyMap<string, LaneSlot> {
  const { ownLane } = shard;
  const inUse = new Map([[ownLane.key, ownLane]]);
  for (const client of shard.clients.values()) {
    for (const slot of shard.lanes.wantedBy(client)) inUse.set(slot.key, slot);
  }
  return inUse;
}

/** Opens something on the candidate. Rejects with words for the operator: which node does not take whom. */
export async function openOn(node: NodeId, identity: Identity, open: () => Promise<void>): Promise<void> {
  try {
    await open();
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.reply === null) throw error;
    if (error.versionRefused) throw new Error(`${error.message}, and clients speak it`);
    throw new Error(`${node} refuses the user "${userOf(identity)}", whom the master accepts: ${error.message}`);
  }
}

/**
 * A lane of a user ended by itself. A server ends all connections of a user that is deleted, so the lane is opened again at
 * once: when the server does not let the user in any more, the clients lose their connections as they would without a
 * proxy, instead of going on with errors under credentials that are none.
 */
export function reopenLane(shard: Shard, links: NodeLinks, slot: LaneSlot): void {
  const { identity } = slot;
  // Maybe the master has died, and another one been promoted already.
  shard.lookAtRoles().catch(() => undefined);
  if (identity.auth === null || !lanesInUse(shard).has(slot.key)) return;
  links
    .lane(slot)
    .opened()
    .catch((error: unknown) => {
      if (!(error instanceof UpstreamError) || !error.userRefused || shard.links !== links) return;
      for (const client of shard.clients.values())
        if (client.session.identity.key === identity.key) disconnect(client, 'user-gone', 'gently');
    });
}
