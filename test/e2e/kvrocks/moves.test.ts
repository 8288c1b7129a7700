import t, { type Test } from 'tap';
import { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import type { KvrocksNodes } from '../../support/kvrocks/kvrocks-nodes.js';
import { onEachKvrocks } from '../../support/kvrocks/on-each-kvrocks.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';

async function moves(t: Test, shard: KvrocksNodes, flags: readonly string[] = []): Promise<void> {
  t.teardown(() => shard.dispose());
  const holdfast = await ServeProcess.start({
    nodes: shard.ids,
    flags: ['--preflight-timeout-ms=30000', '--align-promotion=no', ...flags],
  });
  t.teardown(() => holdfast.dispose());
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 10);
  const last = await switchRounds(t, { holdfast, shard }, scaled(10, 100), () => load.acknowledged(50));
  await load.acknowledged(50);
  for (const node of shard.nodes) {
    if (!(node instanceof KvrocksDouble)) continue;
    t.equal(node.rolesAsked, 0, 'ROLE can end the process of a Kvrocks');
    t.same(node.written, node === last ? 'master' : { slaveOf: last.id }, 'it has its role after a restart too');
  }
  await expectAllOnce(t, { holdfast, load, server: last });
}

await onEachKvrocks(t, 'the master of a Kvrocks shard moves under load', async (t, start) => {
  const shard = await start(2);
  // A real one may be older than CLIENT PAUSE.
  await moves(t, shard, shard.nodes[0] instanceof KvrocksDouble ? [] : ['--require-pause=no']);
});

await t.test('without CLIENT PAUSE, where the hold alone is enough for the operator', async (t) =>
  moves(t, await startKvrocksShard(2, { hasPause: false }), ['--require-pause=no']),
);

await t.test(
  'a former master that is started again without its role follows again, and what it may have is told',
  async (t) => {
    const shard = await startKvrocksShard(1);
    t.teardown(() => shard.dispose());
    const [former, candidate] = shard.nodes;
    if (former === undefined || candidate === undefined) throw new Error('two nodes');
    const holdfast = await ServeProcess.start({
      nodes: shard.ids,
      flags: ['--preflight-timeout-ms=30000', '--align-promotion=no', '--persist-roles=no', '--probe-interval-ms=50'],
    });
    t.teardown(() => holdfast.dispose());
    t.equal(await holdfast.refusal('SWITCHOVER'), '');
    await former.stop();
    await former.startAgain();
    await until('it follows', () => former.master === candidate && former.link?.state === 'up');
    await until('it is settled', () => holdfast.state().intent === null);
    t.equal((await holdfast.fields('STATUS')).text('master'), candidate.id);
    t.match(
      JSON.stringify(await holdfast.admin('HISTORY', '1')),
      `${former.id}: it may have writes that the master has not; they are lost`,
      'Kvrocks has no names for what nodes share',
    );
  },
);
