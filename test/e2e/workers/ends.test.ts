import t from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { clientOfEach, isRunning, workerOf } from './support.js';

void t.test('at SIGTERM what is in flight at any worker is answered, and all processes end', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true, flags: ['--workers=2'] });
  const { holdfast, relay, shard } = stage;
  const [one, other] = await clientOfEach(t, holdfast);
  const pids = [await workerOf(holdfast, one), await workerOf(holdfast, other)];
  relay.judge((text) => (text.includes('stuck') ? 'mute' : 'pass'));
  for (const client of [one, other]) client.send(encodeCommand('INCR', 'stuck'));
  await until('both have run', async () => (await shard.master.send('GET', 'stuck')) === '2');
  // A terminal, and systemd, tell all processes at once.
  for (const pid of pids) process.kill(pid, 'SIGTERM');
  holdfast.signal('SIGTERM');
  await until('it is stopping', () => holdfast.log().includes('stopping'));
  await t.rejects(holdfast.client(), 'new clients are not accepted');
  relay.flow();
  const replies = await Promise.all([one, other].map(async (client) => (await client.replies(1)).toString()));
  t.same(replies.sort(), [':1\r\n', ':2\r\n']);
  await Promise.all([one.ended(), other.ended()]);
  t.equal(await holdfast.ended(), 0);
  t.same(pids.filter(isRunning), [], 'nobody is left behind');
});

void t.test('when the coordinator is killed in the middle of a switchover, the workers end with it', async (t) => {
  const flags = ['--workers=2', '--command-timeout-ms=20000'];
  const stage = await startStage(t, { replicas: 1, relayToMaster: true, flags });
  const { holdfast, relay, shard } = stage;
  const [one, other] = await clientOfEach(t, holdfast);
  const pids = [await workerOf(holdfast, one), await workerOf(holdfast, other)];
  relay.judge((text) => (/pause\r\n\$\d+\r\n\d/i.test(text) ? 'mute' : 'pass'));
  const words = stage.switchover('SYNCTIMEOUT', '20000');
  await holdfast.reaches('fencing');
  one.send(encodeCommand('INCR', 'held'));
  await until('a write is held', async () => (await holdfast.fields('STATUS')).number('held_clients') === 1);
  holdfast.signal('SIGKILL');
  await Promise.all([one.ended(), other.ended(), words]);
  await until('the workers have ended', () => !pids.some(isRunning));
  t.equal(await shard.master.send('GET', 'held'), null, 'no gate was opened on a guess');
});

void t.test('max_clients counts the clients of all workers', async (t) => {
  const stage = await startStage(t, { replicas: 1, flags: ['--workers=2', '--max-clients=3'] });
  const { holdfast, client } = stage;
  const [one, other] = [await holdfast.client(), await holdfast.client()];
  const tooMany = await holdfast.client();
  t.teardown(() => [one, other, tooMany].forEach((each) => each.close()));
  t.equal(await one.call('PING'), '+PONG\r\n');
  t.equal(await other.call('PING'), '+PONG\r\n');
  t.match((await tooMany.replies(1)).toString(), /^-ERR max number of clients reached/);
  t.equal(await holdfast.metric('holdfast_client_errors_total{code="max-clients"}'), 1);
  client.close();
  await until('a place is free', async () => {
    const next = await holdfast.client();
    t.teardown(() => next.close());
    return (await next.call('PING').catch(() => '')) === '+PONG\r\n';
  });
});

void t.test('HOLD and RELEASE, and the figures, speak of all workers', async (t) => {
  const { holdfast } = await startStage(t, { replicas: 1, flags: ['--workers=2'] });
  const clients = await clientOfEach(t, holdfast);
  // Commands that came before a worker knew its master were held as well.
  const released = (): Promise<number> => holdfast.metric('holdfast_held_commands_total{result="released"}');
  const before = await released();
  t.equal(await holdfast.admin('HOLD', '60000'), 'OK');
  t.same((await holdfast.fields('STATUS')).list('gate_holders'), ['hand']);
  const writes = clients.map((client) => client.call('INCR', 'n'));
  await until('both are held', async () => (await holdfast.fields('STATUS')).number('held_clients') === 2);
  t.equal((await holdfast.get('/readyz')).status, 200);
  t.equal(await holdfast.admin('RELEASE'), 'OK');
  t.same((await holdfast.fields('STATUS')).list('gate_holders'), []);
  t.same((await Promise.all(writes)).sort(), [':1\r\n', ':2\r\n']);
  // A worker that has no time to answer is shown with what it said last.
  await until('both are counted', async () => (await released()) === before + 2);
  // Counts are asked for, times are told: one may be ahead of the other for a moment.
  await until(
    'both are timed: held = released + failed',
    async () => (await holdfast.metric('holdfast_held_command_seconds_count')) === before + 2,
  );
  t.match(await holdfast.refusal('RELEASE'), /No hold in progress/);
});
