import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeId } from '../../src/config/node-address.js';
import { monotonicMs } from '../load/monotonic.js';
import type { StallContender } from './contender.js';
import { hostAndPort, NodeLinks, replicationField } from './node-links.js';

/** The defaults of kvrocks-controller's failover: `pause_timeout_ms`, `sync_timeout_ms`, and the pause between two polls. */
const PAUSE_TIMEOUT_MS = 500;
const SYNC_TIMEOUT_MS = 100;
const POLL_MS = 10;

/**
 * The five steps of kvrocks-controller's failover, on real Redis: 1. pause the master's writes; 2. poll both nodes until
 * their offsets are equal; 3. write the new topology (a durable file write stands for etcd, which is slower); 4. promote
 * and demote; 5. unpause. The other replicas are re-pointed afterwards. `force_on_timeout=false`: no equality, no switch.
 */
export const controllerContender: StallContender = {
  name: 'controller-steps',
  share: 0.5,
  aboutMs: 650,
  method: `kvrocks-controller's five steps on Redis (polls every ${POLL_MS} ms, fsync for etcd); clients connect directly and follow READONLY`,
  async prepare(shard) {
    const links = await NodeLinks.open(shard);
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-topology-'));
    return {
      clients: { type: 'announced', target: shard.master },
      async switchover(from, to, announce) {
        const [master, candidate] = [links.get(from), links.get(to)];
        await master.call('CLIENT', 'PAUSE', PAUSE_TIMEOUT_MS, 'WRITE');
        if (!(await offsetsAreEqual(links, from, to))) {
          await master.call('CLIENT', 'UNPAUSE');
          return { outcome: `offsets were not equal within ${SYNC_TIMEOUT_MS} ms`, master: from, stall: null };
        }
        await writeTopology(directory, to);
        announce(to);
        await candidate.call('REPLICAOF', 'NO', 'ONE');
        await master.call('REPLICAOF', ...hostAndPort(to));
        await master.call('CLIENT', 'UNPAUSE');
        for (const other of links.others(from, to)) await other.call('REPLICAOF', ...hostAndPort(to));
        return { outcome: 'switched', master: to, stall: null };
      },
      async close() {
        links.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
};

async function offsetsAreEqual(links: NodeLinks, from: NodeId, to: NodeId): Promise<boolean> {
  const deadlineMs = monotonicMs() + SYNC_TIMEOUT_MS;
  for (;;) {
    const [written, applied] = await Promise.all([
      replicationField(links.get(from), 'master_repl_offset'),
      replicationField(links.get(to), 'slave_repl_offset'),
    ]);
    if (written === applied) return true;
    if (monotonicMs() > deadlineMs) return false;
    await delay(POLL_MS);
  }
}

async function writeTopology(directory: string, master: NodeId): Promise<void> {
  const temporary = join(directory, 'topology.tmp');
  const file = await open(temporary, 'w');
  await file.writeFile(JSON.stringify({ master }));
  await file.sync();
  await file.close();
  await rename(temporary, join(directory, 'topology.json'));
}
