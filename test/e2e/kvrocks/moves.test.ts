import t from 'tap';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { ServeProcess } from '../../support/serve-process.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { WriteLoad } from '../../support/write-load.js';

const KINDS = [
  { name: 'with CLIENT PAUSE', hasPause: true, flags: [] },
  { name: 'without, where the hold alone is enough for the operator', hasPause: false, flags: ['--require-pause=no'] },
];

for (const { name, hasPause, flags } of KINDS) {
  await t.test(`the master of a Kvrocks shard moves under load: ${name}`, async (t) => {
    const shard = await startKvrocksShard(2, { hasPause });
    t.teardown(() => shard.dispose());
    const holdfast = await ServeProcess.start({
      nodes: shard.ids,
      flags: ['--preflight-timeout-ms=30000', '--align-promotion=no', ...flags],
    });
    t.teardown(() => holdfast.dispose());
    const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 10);
    const last = await switchRounds(t, { holdfast, shard }, 10, () => load.acknowledged(50));
    await load.acknowledged(50);
    for (const node of shard.nodes) {
      t.equal(node.rolesAsked, 0, 'ROLE can end the process of a Kvrocks');
      t.same(node.written, node === last ? 'master' : { slaveOf: last.id }, 'it has its role after a restart too');
    }
    await expectAllOnce(t, { holdfast, load, server: last.server });
  });
}
