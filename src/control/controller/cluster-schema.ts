import * as z from 'zod';
import { formatNodeId, parseNodeId, type NodeId } from '../../config/node-address.js';

/** A node as the controller knows it. */
export interface OwnedNode {
  /** 40 characters; what `CLUSTERX MYID` says on the node itself. */
  readonly id: string;
  readonly address: NodeId;
  readonly role: 'master' | 'replica';
}

/** A shard as the controller knows it. */
export interface OwnedShard {
  /** How the API names it. */
  readonly index: number;
  readonly nodes: readonly OwnedNode[];
  /** Slots are on their way from or to it. */
  readonly isMigrating: boolean;
}

/** The topology that a controller keeps, and that it brings to all nodes. */
export interface OwnedCluster {
  /** Counts up at each change; the nodes have the same number, as `cluster_current_epoch` and in `CLUSTERX VERSION`. */
  readonly version: number;
  readonly shards: readonly OwnedShard[];
}

const node = z
  .object({ id: z.string(), addr: z.string(), role: z.enum(['master', 'slave']) })
  .transform(({ id, addr, role }, context): OwnedNode => {
    const address = parseNodeId(addr);
    if (address === null) {
      context.issues.push({ code: 'custom', message: 'not an address', input: addr });
      return z.NEVER;
    }
    return { id, address: formatNodeId(address.host, address.port), role: role === 'master' ? 'master' : 'replica' };
  });

/** -1: none. Older controllers state a migrating slot as a number, newer ones as an object or null. */
const migration = z.object({
  target_shard_index: z.number().int().default(-1),
  migrating_slot: z.unknown(),
});

const cluster = z
  .object({
    version: z.number().int(),
    shards: z.array(z.object({ nodes: z.array(node) }).and(migration)),
  })
  .transform(({ version, shards }): OwnedCluster => {
    const targets = new Set(shards.filter(isSource).map((shard) => shard.target_shard_index));
    return {
      version,
      shards: shards.map((shard, index) => ({
        index,
        nodes: shard.nodes,
        isMigrating: isSource(shard) || targets.has(index),
      })),
    };
  });

/** `GET …/clusters/{cluster}`. */
export const clusterReply = z.object({ data: z.object({ cluster }) });

/** `POST …/failover`: which node the controller has made the master. */
export const failoverReply = z.object({ data: z.object({ new_master_id: z.string() }) });

/** What a controller that can not, or will not, says: an object, or (before it looks at the request) only words. */
export const errorReply = z.object({
  error: z.union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)]),
});

function isSource({ target_shard_index: target, migrating_slot: slot }: z.infer<typeof migration>): boolean {
  return target !== -1 && slot !== null && slot !== undefined && slot !== -1;
}
