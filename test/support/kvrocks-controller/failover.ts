import { setTimeout as delay } from 'node:timers/promises';
import type { ControllerStore, StoredNode, StoredShard } from './controller-store.js';
import type { ManagedNodes } from './managed-nodes.js';

/** The body of a failover request. */
export interface FailoverRequest {
  readonly preferred_node_id?: string;
  readonly options?: {
    readonly force_on_timeout?: boolean;
    readonly sync_timeout_ms?: number;
    readonly pause_timeout_ms?: number;
  };
}

/** Where a failover stands; a test may do something there. */
export type FailoverStep = 'received' | 'chosen' | 'paused' | 'in-sync' | 'stored' | 'told' | 'answering';

interface FailoverContext {
  readonly store: ControllerStore;
  readonly nodes: ManagedNodes;
  readonly shard: number;
  readonly request: FailoverRequest;
  /** Ids of nodes that it finds unfit. */
  readonly unfit: ReadonlySet<string>;
  /** Waited for; rejects when the controller is gone. */
  readonly at: (step: FailoverStep) => Promise<void>;
}

const POLL_MS = 10;

/**
 * The failover of kvrocks-controller since its pull request 389:
 *
 * 1. Choose: the preferred node if it is a replica that answers, else silently the replica that has most.
 * 2. Pause the old master's writes and wait until the new one has all of them.
 * 3. Store the topology with the two roles exchanged.
 * 4. Tell both nodes at the same time; a failure is only logged (the prober tells them again later).
 * 5. End the pause. The other nodes hear of it from an event.
 *
 * What fails before step 3 ends the pause and is answered with an error.
 *
 * @returns the id of the new master.
 */
export async function runFailover({ store, nodes, shard, request, unfit, at }: FailoverContext): Promise<string> {
  const {
    force_on_timeout: force = false,
    sync_timeout_ms: syncMs = 100,
    pause_timeout_ms: pauseMs = 500,
  } = request.options ?? {};
  const cluster = store.read();
  const owned = cluster.shards[shard];
  if (owned === undefined) throw new Error('index out of range');
  await at('received');
  if (owned.nodes.length <= 1) throw new Error('no replica in shard');
  const from = owned.nodes.find(({ role }) => role === 'master');
  if (from === undefined) throw new Error('old master node not found');
  const to = await choose(nodes, owned, request.preferred_node_id ?? '', unfit);
  await at('chosen');
  if (pauseMs <= syncMs) throw new Error(`PauseDuration (${pauseMs}ms) must be greater than SyncTimeout (${syncMs}ms)`);

  await nodes.pause(from.addr, pauseMs);
  try {
    await at('paused');
    if (!(await isInSync(nodes, from, to, syncMs)) && !force) {
      throw new Error(`replication sync timeout: slave ${to.addr} did not catch up within ${syncMs}ms`);
    }
    await at('in-sync');
    from.role = 'slave';
    to.role = 'master';
    store.update(cluster);
  } catch (error) {
    await nodes.unpause(from.addr);
    throw error;
  }
  await at('stored');
  await Promise.allSettled([from, to].map((node) => nodes.push(node, cluster)));
  await at('told');
  await nodes.unpause(from.addr).catch(() => undefined);
  return to.id;
}

async function choose(
  nodes: ManagedNodes,
  shard: StoredShard,
  preferred: string,
  unfit: ReadonlySet<string>,
): Promise<StoredNode> {
  let best: StoredNode | null = null;
  let most = -1;
  for (const node of shard.nodes) {
    if (node.role === 'master' || unfit.has(node.id)) continue;
    const state = await nodes.state(node.addr).catch(() => null);
    if (state?.role !== 'slave') continue;
    if (node.id === preferred) return node;
    if (state.offset >= most) [best, most] = [node, state.offset];
  }
  if (best === null) throw new Error('no match new master in shard');
  return best;
}

async function isInSync(nodes: ManagedNodes, from: StoredNode, to: StoredNode, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    const [old, candidate] = await Promise.all([nodes.state(from.addr), nodes.state(to.addr)]);
    if (old.role !== 'master') throw new Error(`node ${from.addr} is not master (role=${old.role})`);
    if (candidate.role !== 'slave') throw new Error(`node ${to.addr} is not slave (role=${candidate.role})`);
    if (!candidate.isLinked) {
      throw new Error(`replication link for ${to.addr} is not up (master_link_status=down)`);
    }
    if (candidate.offset >= old.offset) return true;
    await delay(POLL_MS);
  }
  return false;
}
