import { setTimeout as delay } from 'node:timers/promises';
import type { StallContender } from './contender.js';
import { hostAndPort, NodeLinks, replicationField } from './node-links.js';

/** Redis would wait for ever; a switch that takes longer than this is a failure by any measure. */
const TIMEOUT_MS = 10_000;

const POLL_MS = 5;

/** `FAILOVER TO host port` on the master, as Redis ≥ 6.2 has it. */
export const redisFailoverContender: StallContender = {
  name: 'redis-failover',
  share: 0.2,
  aboutMs: 1_100,
  method: "Redis' own FAILOVER TO; clients connect directly, know the new master beforehand and follow READONLY",
  async prepare(shard) {
    const links = await NodeLinks.open(shard);
    return {
      clients: { type: 'announced', target: shard.master },
      async switchover(from, to, announce) {
        // READONLY comes only once the candidate has taken over, so knowing it early does the clients no harm.
        announce(to);
        await links.get(from).call('FAILOVER', 'TO', ...hostAndPort(to), 'TIMEOUT', TIMEOUT_MS);
        while ((await replicationField(links.get(from), 'master_failover_state')) !== 'no-failover')
          await delay(POLL_MS);
        if ((await replicationField(links.get(to), 'role')) !== 'master') {
          announce(from);
          return { outcome: `no failover within ${TIMEOUT_MS} ms`, master: from, stall: null };
        }
        for (const other of links.others(from, to)) await other.call('REPLICAOF', ...hostAndPort(to));
        return { outcome: 'switched', master: to, stall: null };
      },
      close() {
        links.close();
        return Promise.resolve();
      },
    };
  },
};
