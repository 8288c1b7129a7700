import type { ControllerStore } from './controller-store.js';
import type { ManagedNodes } from './managed-nodes.js';

/**
 * One round of the controller's prober: nodes with a lower version are given the stored topology; a node with a higher one has been told by
 * somebody else, and what it has is taken over. A node that does not answer is left out.
 */
export async function probeNodes(store: ControllerStore, nodes: ManagedNodes): Promise<void> {
  const cluster = store.read();
  let newest = { version: cluster.version, address: '' };
  const probed = cluster.shards.flatMap((shard) =>
    shard.nodes.map(async (node) => {
      const version = await nodes.version(node.addr);
      if (version < cluster.version) await nodes.push(node, cluster);
      else if (version > newest.version) newest = { version, address: node.addr };
    }),
  );
  await Promise.allSettled(probed);
  if (newest.address === '') return;
  store.adopt(await nodes.topology(newest.address, cluster.name));
}
