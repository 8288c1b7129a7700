import t from 'tap';
import { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { onEachKvrocks } from '../../support/kvrocks/on-each-kvrocks.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { ServeProcess } from '../../support/serve-process.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { WriteLoad } from '../../support/write-load.js';

/** Each of these re-makes a link before it holds, which takes more than a second. */
const ROUNDS = 3;

for (const cluster of [false, true]) {
  const where = cluster ? 'in a cluster' : 'standalone';
  await onEachKvrocks(t, `links are re-made before the hold: ${where}`, async (t, start) => {
    const shard = await start(2, { cluster });
    t.teardown(() => shard.dispose());
    const topology = cluster ? 'kvrocks-cluster' : 'direct';
    const holdfast = await ServeProcess.start({
      nodes: shard.ids,
      // A real one may be older than CLIENT PAUSE.
      flags: ['--preflight-timeout-ms=30000', `--topology=${topology}`, '--require-pause=no'],
    });
    t.teardown(() => holdfast.dispose());
    const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 10);
    const last = await switchRounds(t, { holdfast, shard }, ROUNDS, () => load.acknowledged(50));
    await load.acknowledged(50);
    for (const node of shard.nodes) {
      if (node instanceof KvrocksDouble) t.equal(node.rolesAsked, 0, 'ROLE can end the process of a Kvrocks');
    }
    await expectAllOnce(t, { holdfast, load, server: last });
  });
}
