import t, { type Test } from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { startStage, type Stage } from '../../support/stage.js';

async function stopping({ holdfast }: Stage): Promise<void> {
  holdfast.signal('SIGTERM');
  await until('it is stopping', () => holdfast.log().includes('stopping'));
}

/** A write that the master has run, and whose reply does not come. */
async function startStuckWrite(t: Test): Promise<Stage> {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  stage.relay.judge((text) => (text.includes('stuck') ? 'mute' : 'pass'));
  stage.client.send(encodeCommand('INCR', 'stuck'));
  await until('it has run', async () => (await stage.shard.master.send('GET', 'stuck')) === '1');
  return stage;
}

void t.test('what is in flight is answered', async (t) => {
  const stage = await startStuckWrite(t);
  const { holdfast, relay, client } = stage;
  await stopping(stage);
  await t.rejects(holdfast.client(), 'new clients are not accepted');
  t.equal((await holdfast.get('/healthz')).status, 200);
  t.equal((await holdfast.get('/readyz')).status, 503);
  t.ok(holdfast.running);
  relay.flow();
  t.equal((await client.replies(1)).toString(), ':1\r\n');
  await client.ended();
  t.equal(await holdfast.ended(), 0);
});

void t.test('a second signal ends it at once', async (t) => {
  const stage = await startStuckWrite(t);
  await stopping(stage);
  t.ok(stage.holdfast.running);
  stage.holdfast.signal('SIGTERM');
  t.equal(await stage.holdfast.ended(), 143);
});

void t.test('Ctrl-C is the same', async (t) => {
  const { holdfast } = await startStage(t, { replicas: 1 });
  holdfast.signal('SIGINT');
  t.equal(await holdfast.ended(), 0);
});

void t.test('during a switchover that can still be stopped', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { holdfast, relay, shard, candidate } = stage;
  relay.judge((text) => (/pause\r\n\$\d+\r\n\d/i.test(text) ? 'mute' : 'pass'));
  const words = stage.switchover('SYNCTIMEOUT', '20000');
  await holdfast.reaches('fencing');
  const writer = await holdfast.client();
  t.teardown(() => writer.close());
  const reply = writer.call('INCR', 'held');
  await until('a write is held', async () => (await holdfast.fields('STATUS')).number('held_clients') > 0);
  await stopping(stage);
  relay.flow();
  t.match(await words, /^ABORTED shutting-down /);
  t.equal(await reply, ':1\r\n', 'the held write is let go before the end');
  t.equal(await holdfast.ended(), 0);
  t.equal((await shard.master.info('replication')).get('role'), 'master');
  t.equal((await candidate.info('replication')).get('role'), 'slave');
  t.equal(await shard.master.send('INCR', 'beside'), 1, 'the pause is over');
  t.equal(holdfast.state().intent, null);
});

void t.test('a write that is held by hand', async (t) => {
  const { holdfast, client } = await startStage(t, { replicas: 1 });
  await holdfast.admin('HOLD', '60000');
  const reply = client.call('INCR', 'held');
  await until('a write is held', async () => (await holdfast.fields('STATUS')).number('held_clients') > 0);
  holdfast.signal('SIGTERM');
  t.equal(await reply, ':1\r\n');
  t.equal(await holdfast.ended(), 0);
});
