import { setTimeout as delay } from 'node:timers/promises';
import type { NodeId } from '../../src/config/node-address.js';
import { SentinelWatch } from '../load/sentinel-watch.js';
import { SENTINEL_MASTER_NAME } from '../load/settings.js';
import { connectTo } from '../support/node-client.js';
import type { StallContender } from './contender.js';
import { Sentinels } from './sentinels.js';

/** Sentinel looks at its state ten times a second, and at the nodes once a second: a failover takes seconds. */
const SWITCH_WITHIN_MS = 20_000;

/** For a while after a failover there is `NOGOODSLAVE`: Sentinel has not asked the replicas yet. */
const START_WITHIN_MS = 15_000;

const LOOK_AGAIN_MS = 20;

/** `SENTINEL FAILOVER`, with clients as Sentinel's documentation wants them. */
export const sentinelContender: StallContender = {
  name: 'sentinel-failover',
  share: 0.05,
  program: 'redis-sentinel',
  aboutMs: 3_500,
  method:
    'SENTINEL FAILOVER, three Sentinels with quorum 2; clients ask the Sentinel that carries it out, hear +switch-master from it and reconnect at once. ' +
    'The old master, which Sentinel makes a replica some 10 s later, is made one after the window that is measured',
  async prepare(shard) {
    const sentinels = await Sentinels.start(shard.master, shard.ids.length - 1);
    const [first = ''] = sentinels.ids;
    const order = await connectTo(first);
    let heard: (master: NodeId) => void = () => {};
    const watch = await SentinelWatch.connect(first, (master) => heard(master));
    return {
      clients: { type: 'sentinel', sentinel: await shard.network.reach(first) },
      async switchover(from) {
        const switched = new Promise<NodeId>((resolve) => (heard = resolve));
        await startFailover(() => order.call('SENTINEL', 'FAILOVER', SENTINEL_MASTER_NAME));
        const master = await Promise.race([switched, delay(SWITCH_WITHIN_MS, null, { ref: false })]);
        if (master !== null) return { outcome: 'switched', master, stall: null };
        return { outcome: `no +switch-master within ${SWITCH_WITHIN_MS} ms`, master: from, stall: null };
      },
      mend: (old, master) => shard.follow(old, master),
      async close() {
        watch.close();
        order.disconnect();
        await sentinels.stop();
      },
    };
  },
};

/** Rejects with Sentinel's own words when it does not want to for too long. */
async function startFailover(order: () => Promise<unknown>): Promise<void> {
  const deadlineMs = performance.now() + START_WITHIN_MS;
  for (;;) {
    try {
      await order();
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await delay(LOOK_AGAIN_MS);
    }
  }
}
