import t from 'tap';
import { startControlledStage } from '../../support/kvrocks-controller/controlled-stage.js';
import { keySlot } from '../../support/kvrocks/key-slot.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { ReadLoad } from '../../support/read-load.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';

/** Its slot is one of the first shard's two. */
const TAG = '{b}';

await t.test('the master of a shard moves under load by the failover of kvrocks-controller', async (t) => {
  t.ok(keySlot(TAG) < 8192);
  const { controllers, shards, shard, holdfast } = await startControlledStage(t, {
    controllers: 3,
    shards: 2,
    replicas: 2,
  });
  const client = await holdfast.client();
  t.equal(await client.call('SET', `${TAG}read`, 'x'), '+OK\r\n');
  client.close();
  const readers = await ReadLoad.start({ host: '127.0.0.1', port: holdfast.port }, 4, `${TAG}read`, '$1\r\nx\r\n');
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 10, TAG);
  const last = await switchRounds(t, { holdfast, shard }, 10, () => load.acknowledged(50));
  await load.acknowledged(50);

  const asked = controllers.all.map(({ failoversAsked }) => failoversAsked);
  t.same(asked, [10, 0, 0], 'each was asked for once, and of the leader');
  t.equal(controllers.store.read().version, 11, 'each ran once');
  const nodes = shards.flatMap((each) => each.nodes);
  await until('all nodes of the cluster know the last topology', () =>
    nodes.every(({ cluster }) => cluster?.version === 11 && cluster.lines === last.cluster?.lines),
  );
  for (const node of nodes) t.equal(node.rolesAsked, 0, 'ROLE can end the process of a Kvrocks');
  await expectAllOnce(t, { holdfast, load, server: last.server });
  for (const end of await readers.ended()) t.match(end, /the connection ended/, 'reads go on while the master moves');
  t.ok(readers.answered > 0);
});
