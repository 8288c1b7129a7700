import t from 'tap';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { RawClient } from '../../support/raw-client.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';

/** Only the end that a test gives to it. */
const UNTIL_TOLD_MS = 2 ** 30;

await t.test('a node that restores a full synchronisation lives through all that Holdfast asks', async (t) => {
  const shard = await startKvrocksShard(2, { restoreMs: UNTIL_TOLD_MS });
  const [master, candidate, stray] = shard.nodes;
  if (master === undefined || candidate === undefined || stray === undefined) throw new Error('three nodes');
  t.teardown(() => shard.dispose());
  const byHand = await RawClient.connect(stray);
  await byHand.call('SLAVEOF', 'NO', 'ONE');
  await byHand.call('SET', 'of its own', '1');
  await byHand.call('SLAVEOF', master.host, String(master.port));
  await until('it restores', () => stray.restoring);
  byHand.close();

  const holdfast = await ServeProcess.start({
    nodes: shard.ids,
    flags: ['--preflight-timeout-ms=30000', '--align-promotion=no'],
  });
  t.teardown(() => holdfast.dispose());
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 5);
  await load.acknowledged(20);
  t.match(await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(stray.id)), /^REFUSED loading/);
  const switched = holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(candidate.id), 'SYNCTIMEOUT', '10000');
  await until('only that one has not been told', async () => {
    const status = await holdfast.fields('STATUS');
    return status.text('master') === candidate.id && Object.keys(status.map('unsettled')).join() === stray.id;
  });
  await load.acknowledged(20);
  stray.link?.finishRestoring();
  t.equal((await switched).text('settled'), 'yes', 'it was told in the end');
  await holdfast.dispose();
  await load.ended();
  for (const node of shard.nodes) t.equal(node.crashed, '');
});
