import t from 'tap';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { ServeProcess } from '../../support/serve-process.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { WriteLoad } from '../../support/write-load.js';

/** Each of these re-makes a link before it holds, which takes more than a second. */
const ROUNDS = 3;

for (const cluster of [false, true]) {
  await t.test(`links are re-made before the hold: ${cluster ? 'in a cluster' : 'standalone'}`, async (t) => {
    const shard = await startKvrocksShard(2, { cluster });
    t.teardown(() => shard.dispose());
    const topology = cluster ? 'kvrocks-cluster' : 'direct';
    const holdfast = await ServeProcess.start({
      nodes: shard.ids,
      flags: ['--preflight-timeout-ms=30000', `--topology=${topology}`],
    });
    t.teardown(() => holdfast.dispose());
    const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 10);
    const last = await switchRounds(t, { holdfast, shard }, ROUNDS, () => load.acknowledged(50));
    await load.acknowledged(50);
    for (const node of shard.nodes) t.equal(node.rolesAsked, 0, 'ROLE can end the process of a Kvrocks');
    await expectAllOnce(t, { holdfast, load, server: last.server });
  });
}
