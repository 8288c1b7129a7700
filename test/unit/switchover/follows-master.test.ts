import t from 'tap';
import { followsMaster } from '../../../src/switchover/follows-master.js';
import type { NodeFacts } from '../../../src/switchover/ports.js';
import { factsOf } from './simulated-world.js';

const MASTER = { ...factsOf('redis-0:6379', 'master', 9), replicas: [{ node: '10.0.0.2:6379', offset: 9 }] };
const IDS = ['redis-0:6379', 'redis-1:6379', 'redis-2:6379'];

function replica(follows: string, more: Partial<NodeFacts> = {}, linkUp = true): NodeFacts {
  const facts = factsOf('redis-1:6379', 'replica', 9);
  return { ...facts, follows: { node: follows, linkUp, syncing: false }, ...more };
}

await t.test('by the name that the configuration has', async (t) => {
  t.equal(followsMaster(replica('redis-0:6379'), MASTER, IDS), true);
  t.equal(followsMaster(replica('redis-2:6379'), MASTER, IDS), false);
});

await t.test('by another name, the stream tells, whatever the port', async (t) => {
  const master = { ...MASTER, replId: 'ours' };
  t.equal(followsMaster(replica('10.0.0.1:6379', { replId: 'ours' }), master, IDS), true);
  t.equal(followsMaster(replica('10.0.0.1:7000', { replId: 'ours' }), master, IDS), true);
  t.equal(followsMaster(replica('10.9.9.9:6379', { replId: 'theirs' }), master, IDS), false, 'a shard beside it');
});

await t.test('where streams have no names, the master has to list it', async (t) => {
  t.equal(followsMaster(replica('10.0.0.1:6379'), MASTER, IDS), true);
  t.equal(followsMaster(replica('10.0.0.1:7000'), MASTER, IDS), false);
  t.equal(followsMaster(replica('10.9.9.9:6379'), { ...MASTER, replicas: [] }, IDS), false, 'a shard beside it');
});

await t.test('of a link that is down, the port is all there is', async (t) => {
  t.equal(
    followsMaster(replica('10.0.0.1:6379', { replId: 'older' }, false), { ...MASTER, replId: 'ours' }, IDS),
    true,
  );
  t.equal(followsMaster(replica('10.0.0.1:7000', {}, false), MASTER, IDS), false);
});
