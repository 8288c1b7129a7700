import t, { type Test } from 'tap';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StateLock } from '../../../src/control/state-lock.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startShard, type Shard } from '../../support/shard.js';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';

const LOCK_MODULE = fileURLToPath(new URL('../../../src/control/state-lock.js', import.meta.url));

/** A shard, and a state directory that outlives each Holdfast. */
async function setUp(t: Test): Promise<{ shard: Shard; stateDir: string; launch: () => Promise<ServeProcess> }> {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const stateDir = mkdtempSync(join(tmpdir(), 'holdfast-state-'));
  t.teardown(() => rmSync(stateDir, { recursive: true }));
  const launch = async (): Promise<ServeProcess> => {
    const holdfast = await ServeProcess.launch({ nodes: shard.ids, stateDir });
    t.teardown(() => holdfast.dispose());
    return holdfast;
  };
  return { shard, stateDir, launch };
}

void t.test('a second Holdfast with the same state directory does not start, and says who has it', async (t) => {
  const { launch } = await setUp(t);
  const first = await launch();
  await first.ready();
  const second = await launch();
  t.equal(await second.ended(), 2);
  t.match(second.log(), new RegExp(`another Holdfast \\(process ${first.pid}\\) uses it`));
  t.ok(first.running, 'the first goes on');
  t.equal(await first.refusal('SWITCHOVER'), '');

  // Nothing that it leaves behind keeps the next one out.
  first.signal('SIGKILL');
  await first.ended();
  const third = await launch();
  await third.ready();
});

void t.test('of several that start at once, one has the directory', async (t) => {
  const { launch } = await setUp(t);
  for (let round = 0; round < scaled(1, 10); round += 1) {
    const all = await Promise.all([launch(), launch(), launch()]);
    await until('two have ended', () => all.filter(({ running }) => !running).length === 2);
    const [winner] = all.filter(({ running }) => running);
    await winner?.ready();
    for (const each of all) if (each !== winner) t.equal(await each.ended(), 2);
    winner?.signal('SIGKILL');
    await winner?.ended();
  }
});

void t.test('a container that shares the directory is kept out as well', async (t) => {
  const { stateDir } = await setUp(t);
  const lock = await StateLock.take(stateDir);
  // In a network namespace of its own, as a container is; there a name without a file is another one.
  const taking = `import('${LOCK_MODULE}').then(({ StateLock }) => StateLock.take(process.argv[1])).then(() => console.log('taken'), ({ message }) => console.log(message))`;
  const take = () => spawnSync('unshare', ['--net', process.execPath, '-e', taking, stateDir], { encoding: 'utf8' });
  const refused = take();
  if (refused.status !== 0) return void t.pass('', { skip: 'nobody may make a network namespace here' });
  t.match(refused.stdout, /another Holdfast .*uses it/);
  await lock.release();
  t.equal(take().stdout, 'taken\n');
  t.equal(take().stdout, 'taken\n', 'what a process leaves behind keeps nobody out');
});

void t.test('one that stands still has it all the same', async (t) => {
  const { launch } = await setUp(t);
  const first = await launch();
  await first.ready();
  first.signal('SIGSTOP');
  const second = await launch();
  t.equal(await second.ended(), 2);
  t.match(second.log(), /another Holdfast uses it/);
});

void t.test('a state file that can not be understood is left as it is, and the way out is told', async (t) => {
  const { stateDir, launch } = await setUp(t);
  const path = join(stateDir, 'state.json');
  writeFileSync(path, '{"version":1,"epo');
  const refused = await launch();
  t.equal(await refused.ended(), 2);
  t.match(refused.log(), /state\.json can not be understood .+ move the file away/);
  t.equal(readFileSync(path, 'utf8'), '{"version":1,"epo');
  renameSync(path, `${path}.broken`);
  const started = await launch();
  await started.ready();
});

void t.test('that the state can not be written is known before a switchover wants to', async (t) => {
  const { holdfast, shard } = await startStage(t, { replicas: 1 });
  // No rights keep root out; a name that is taken by a directory does.
  const inTheWay = join(holdfast.stateDir, 'state.json.probe');
  mkdirSync(inTheWay);
  const alarms = async (): Promise<readonly unknown[]> => (await holdfast.fields('STATUS')).list('alarms');
  await until('there is an alarm', async () => (await alarms()).includes('state-not-written'));
  t.match((await holdfast.fields('STATUS')).text('state_problem'), /state directory .+ can not be written: EISDIR/);
  t.equal(await holdfast.metric('holdfast_alarm{alarm="state-not-written"}'), 1);
  rmSync(inTheWay, { recursive: true });
  await until('it is over', async () => (await alarms()).length === 0);
  t.equal(await holdfast.metric('holdfast_alarm{alarm="state-not-written"}'), 0);
  t.equal(await holdfast.refusal('SWITCHOVER'), '');
  t.match(holdfast.state(), { master: shard.replicas[0]?.id, intent: null });
});
