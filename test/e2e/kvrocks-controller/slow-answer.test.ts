import t, { type Test } from 'tap';
import { startControlledStage } from '../../support/kvrocks-controller/controlled-stage.js';
import type { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { hostAndPort, lastEntry } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { WriteLoad } from '../../support/write-load.js';

/** With such a pause nobody would notice that it was not renewed. */
const PATIENCE = ['SYNCTIMEOUT', '10000', 'PAUSETIMEOUT', '600000'];

/** Switches under load; the controller begins with it when the test says so, long after Holdfast has given up to wait for its answer. */
async function switchLate(t: Test, flags: readonly string[] = []) {
  const stage = await startControlledStage(t, { flags: ['--promote-timeout-ms=100', '--retry-max-ms=50', ...flags] });
  const { controllers, shard, holdfast } = stage;
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 5);
  await load.acknowledged(50);
  let run: (trouble: string) => void = () => undefined;
  const told = new Promise<string>((resolve) => (run = resolve));
  controllers.leader.onStep = async (step) => {
    const trouble = step === 'received' ? await told : '';
    if (trouble !== '') throw new Error(trouble);
  };
  const [master, candidate] = shard.nodes;
  if (master === undefined || candidate === undefined) throw new Error('two nodes are wanted');
  const words = holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(candidate.id), ...PATIENCE);
  await holdfast.reaches('resolving');
  const writer = await holdfast.client();
  t.teardown(() => writer.close());
  const reply = writer.call('INCR', 'held');
  await until('a write is held', async () => (await holdfast.fields('STATUS')).number('held_clients') > 0);
  await losesPause(master);
  return { ...stage, load, master, candidate, words, reply, run };
}

/** The controller ends the pause when it gives up; until it is known who is the master, nobody is to write there all the same. */
async function losesPause({ pause }: KvrocksDouble): Promise<void> {
  pause.end();
  await until('the old master is paused anew', () => pause.active);
}

await t.test('it runs late: the gate stays shut until it has', async (t) => {
  const { holdfast, load, words, reply, candidate, controllers, run } = await switchLate(t);
  run('');
  t.equal(await words, '', 'switched');
  t.equal(await reply, ':1\r\n');
  await load.acknowledged(50);
  t.equal(controllers.leader.failoversAsked, 1);
  await expectAllOnce(t, { holdfast, load, server: candidate.server });
});

await t.test('it fails late: the old master goes on', async (t) => {
  const { holdfast, load, words, reply, master, run } = await switchLate(t);
  run('the disk is full');
  t.match(await words, /^ABORTED promotion-did-not-happen /);
  t.equal(await reply, ':1\r\n');
  await load.acknowledged(50);
  await expectAllOnce(t, { holdfast, load, server: master.server });
});

await t.test(
  'it runs when clients were let go long ago: nobody wrote meanwhile, and then it is followed',
  async (t) => {
    const flags = ['--resolve-timeout-ms=100', '--outage-hold-ms=600000'];
    const { holdfast, load, words, reply, candidate, run } = await switchLate(t, flags);
    t.match(await words, /^UNRESOLVED /);
    run('');
    t.equal(await reply, ':1\r\n');
    await until('the history is corrected', async () => (await lastEntry(holdfast)).text('outcome') === 'switched');
    await load.acknowledged(50);
    await expectAllOnce(t, { holdfast, load, server: candidate.server });
  },
);
