import t from 'tap';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';
import { isTrue } from '../workers/support.js';

void t.test('two Holdfasts before one shard', async (t) => {
  const flags = ['--probe-interval-ms=50', '--sync-timeout-ms=5000', '--pause-timeout-ms=30000'];
  const { shard, holdfast: first } = await startStage(t, { replicas: 1, flags });
  const second = await ServeProcess.start({ nodes: shard.ids, flags });
  t.teardown(() => second.dispose());
  const loads = await Promise.all(
    [first, second].map(({ port }, index) => WriteLoad.start({ host: '127.0.0.1', port }, 4, `${index}:`)),
  );
  const goOn = () => Promise.all(loads.map((load) => load.acknowledged(50)));
  const masters = async (): Promise<readonly string[]> =>
    Promise.all([first, second].map(async (each) => (await each.fields('STATUS')).text('master')));
  const agree = () =>
    until('both serve the same master', async () => {
      const [one, other] = await masters();
      return one !== '' && one === other && one;
    });

  await t.test('one moves the master, the other follows', async (t) => {
    for (let round = 0; round < scaled(3, 50); round += 1) {
      await goOn();
      const mover = round % 2 === 0 ? first : second;
      t.equal(await mover.refusal('SWITCHOVER'), '');
      await agree();
    }
    await goOn();
  });

  await t.test('both move it at once: it ends with one master', async (t) => {
    for (let round = 0; round < scaled(3, 50); round += 1) {
      await goOn();
      const answers = await Promise.all([first.refusal('SWITCHOVER'), second.refusal('SWITCHOVER')]);
      for (const answer of answers) t.match(answer, /^$|^REFUSED|^ABORTED/);
      await Promise.all([first.reaches('serving'), second.reaches('serving')]);
      const master = await agree();
      await until('all others follow', async () => {
        const roles = await Promise.all(
          shard.servers.map(async (each) => (await each.info('replication')).get('role')),
        );
        return roles.filter((role) => role === 'master').length === 1 && shard.server(master).running;
      });
    }
    await goOn();
  });

  const master = shard.server(await agree());
  for (const each of [first, second]) await each.dispose();
  for (const load of loads) {
    await load.ended();
    await isTrue(t, load, master);
  }
});
