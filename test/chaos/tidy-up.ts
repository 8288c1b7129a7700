import type { ArenaNode } from './arena.js';

/** All others follow the node that somebody made the master, also over a restart. */
export async function tidyUp(nodes: readonly ArenaNode[], master: ArenaNode): Promise<void> {
  for (const node of nodes) {
    if (node !== master) await node.server.send('REPLICAOF', master.relay.host, String(master.relay.port));
    await node.server.send('CONFIG', 'REWRITE');
  }
}
