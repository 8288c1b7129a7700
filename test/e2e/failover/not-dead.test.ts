import t, { type Test } from 'tap';
import { RawClient } from '../../support/raw-client.js';
import { Relay } from '../../support/relay.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startShard } from '../../support/shard.js';
import { lastEntry, type Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { QUICK, roleOf, startFailoverStage } from './support/stage.js';

/** Nobody was promoted, and the master that was there serves on. */
async function expectNoFailover(t: Test, { holdfast, shard, from, client }: Stage): Promise<void> {
  await until('the master is served', async () => (await holdfast.fields('STATUS')).text('master') === from);
  t.equal(await client.call('SET', 'still', '1'), '+OK\r\n');
  for (const replica of shard.replicas) t.equal(await roleOf(replica), 'slave');
  t.equal((await holdfast.fields('STATUS')).number('epoch'), 0);
}

void t.test('the master answers again in time', async (t) => {
  const stage = await startFailoverStage(t, { flags: ['--down-after-ms=60000'] });
  const { shard, holdfast } = stage;
  await shard.master.freeze();
  await until('it is missed', async () => (await holdfast.fields('STATUS')).text('master') === '');
  shard.master.resume();
  await expectNoFailover(t, stage);
});

void t.test('a master that answers errors is alive', async (t) => {
  const stage = await startFailoverStage(t);
  const { shard, holdfast } = stage;
  // For the time of the probes that are counted, it refuses the control connections' password.
  const person = await RawClient.connect(shard.master.target);
  t.teardown(() => person.close());
  await person.call('CONFIG', 'SET', 'requirepass', 'secret');
  await person.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until('it is missed', async () => (await holdfast.fields('STATUS')).text('master') === '');
  await missedFor(holdfast, 1_500);
  for (const replica of shard.replicas) t.equal(await roleOf(replica), 'slave');
  t.same(await holdfast.admin('HISTORY'), [], 'nothing was even begun');
});

void t.test('Holdfast itself is cut off from all nodes', async (t) => {
  const shard = await startShard();
  t.teardown(() => shard.dispose());
  const relays = await Promise.all(shard.servers.map((server) => Relay.start(server)));
  for (const relay of relays) t.teardown(() => relay.close());
  const holdfast = await ServeProcess.start({
    nodes: relays.map(({ id }) => id),
    flags: [...QUICK, '--auto-failover'],
  });
  t.teardown(() => holdfast.dispose());
  for (const relay of relays) {
    relay.judge(() => 'swallow');
    relay.mute(/./s);
  }
  await missedFor(holdfast, 1_500);
  for (const relay of relays) relay.flow();
  await holdfast.ready();
  t.equal((await holdfast.fields('STATUS')).text('master'), relays[0]?.id);
  for (const replica of shard.replicas) t.equal(await roleOf(replica), 'slave');
});

void t.test('a replica hears of the master: Holdfast is the one that does not reach it', async (t) => {
  const shard = await startShard({ config: { 'repl-ping-replica-period': '1' } });
  t.teardown(() => shard.dispose());
  const relay = await Relay.start(shard.master);
  t.teardown(() => relay.close());
  const holdfast = await ServeProcess.start({
    nodes: [relay.id, ...shard.replicas.map(({ id }) => id)],
    flags: [...QUICK, '--down-after-ms=4000', '--auto-failover'],
  });
  t.teardown(() => holdfast.dispose());
  relay.judge(() => 'swallow');
  relay.mute(/./s);
  await until('it is refused', async () => (await lastEntry(holdfast)).text('reason') === 'master-heard');
  const status = await holdfast.fields('STATUS');
  t.same(status.list('alarms'), ['no-failover']);
  t.match(status.text('failover_problem'), /^refused master-heard: /);
  for (const replica of shard.replicas) t.equal(await roleOf(replica), 'slave');
  relay.flow();
  await holdfast.ready();
  t.same((await holdfast.fields('STATUS')).list('alarms'), []);
});

void t.test('Holdfast stood still itself: what it did not hear meanwhile does not count', async (t) => {
  const stage = await startFailoverStage(t, { flags: ['--down-after-ms=1500'] });
  const { shard, holdfast } = stage;
  await shard.master.freeze();
  await until('it is missed', async () => (await holdfast.fields('STATUS')).text('master') === '');
  holdfast.signal('SIGSTOP');
  await elapsed(2_500);
  shard.master.resume();
  holdfast.signal('SIGCONT');
  await expectNoFailover(t, stage);
});

/** Lets time pass in which nothing is to happen. */
function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Settles when no master has been served for so long. */
async function missedFor(holdfast: ServeProcess, ms: number): Promise<void> {
  await until('it is missed', async () => (await holdfast.fields('STATUS')).text('master') === '');
  await elapsed(ms);
}
