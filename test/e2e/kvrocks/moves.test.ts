import t from 'tap';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { ServeProcess } from '../../support/serve-process.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { WriteLoad } from '../../support/write-load.js';

for (const hasPause of [true, false]) {
  const name = hasPause
    ? 'Kvrocks with CLIENT PAUSE'
    : 'an older Kvrocks, where the hold alone is enough for the operator';
  await t.test(`the master moves under load: ${name}`, async (t) => {
    const shard = await startKvrocksShard(2, { hasPause });
    t.teardown(() => shard.dispose());
    const flags = hasPause ? [] : ['--require-pause=no'];
    const holdfast = await ServeProcess.start({ nodes: shard.ids, flags: ['--preflight-timeout-ms=30000', ...flags] });
    t.teardown(() => holdfast.dispose());
    const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 10);
    const last = await switchRounds(t, { holdfast, shard }, 10, () => load.acknowledged(50));
    await load.acknowledged(50);
    const counted = await Promise.all(
      [...load.counters()].map(async ([key, acknowledged]) => ({
        acknowledged,
        is: Number(await last.server.send('GET', key)),
      })),
    );
    t.equal(counted.length, 10);
    for (const { acknowledged, is } of counted) {
      t.ok(is >= acknowledged, 'nothing is lost');
    }
    await holdfast.dispose();
    const after = load.counters();
    await load.ended();
    for (const [key, acknowledged] of after) {
      const is = Number(await last.server.send('GET', key));
      t.ok(is === acknowledged || is === acknowledged + 1, 'nothing ran twice: at most the last one had no answer');
    }
    for (const node of shard.nodes) t.equal(node.rolesAsked, 0, 'ROLE can end the process of a Kvrocks');
    for (const node of shard.nodes) {
      t.same(node.written, node === last ? 'master' : { slaveOf: last.id }, 'it has its role after a restart too');
    }
  });
}
