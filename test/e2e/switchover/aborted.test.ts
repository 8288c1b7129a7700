import t, { type Test } from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { hostAndPort, lastEntry, startStage, type Stage } from '../../support/stage.js';

/** A pause for so many ms; preflight asks for the right to it, without a number. */
const PAUSE = /\$5\r\npause\r\n\$\d+\r\n\d/i;
const CONTROL = /\$8\r\nholdfast/;

/** What has to be true when a switchover was rolled back, whatever it was. */
async function isRolledBack(t: Test, stage: Stage, words: string, reason: string, isMasterAlive = true): Promise<void> {
  const { holdfast, shard, client } = stage;
  t.match(words, new RegExp(`^ABORTED ${reason} `), `the answer: ${words}`);
  t.equal(await holdfast.metric(`holdfast_switchovers_total{outcome="aborted",reason="${reason}"}`), 1, 'the metric');
  const entry = await lastEntry(holdfast);
  t.same([entry.text('outcome'), entry.text('reason')], ['aborted', reason], 'HISTORY');
  await until('the log names the reason', () => holdfast.log().includes(`"reason":"${reason}"`));
  t.equal(await holdfast.metric('holdfast_write_stall_seconds_count'), 1, 'one stall');
  await until('the intent is taken back', () => holdfast.state().intent === null);
  const status = await holdfast.fields('STATUS');
  t.equal(status.text('state'), 'serving');
  t.equal(status.number('epoch'), 0);
  t.notOk(status.list('gate_holders').includes('switchover'), 'the gate is open');
  if (!isMasterAlive) return;
  t.equal((await shard.master.info('replication')).get('role'), 'master');
  t.match(await client.call('INCR', 'after'), /^:/, 'writes through Holdfast go on');
  t.match(await shard.master.send('INCR', 'beside'), 1, 'and those beside it: the pause is over');
}

/** A second client's write that waits at the closed gate. */
async function heldWrite(t: Test, { holdfast }: Stage): Promise<{ readonly reply: Promise<string> }> {
  const writer = await holdfast.client();
  t.teardown(() => writer.close());
  const reply = writer.call('INCR', 'held');
  await until('a write is held', async () => (await holdfast.fields('STATUS')).number('held_clients') > 0);
  return { reply };
}

const PATIENT = ['SYNCTIMEOUT', '20000'];

void t.test('a write in flight that is not answered in time', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { relay, holdfast, shard } = stage;
  relay.judge((text) => (text.includes('stuck') ? 'mute' : 'pass'));
  const writer = await holdfast.client();
  t.teardown(() => writer.close());
  writer.send(encodeCommand('INCR', 'stuck'));
  await until('it has run', async () => (await shard.master.send('GET', 'stuck')) === '1');
  const words = await stage.switchover();
  relay.flow();
  await isRolledBack(t, stage, words, 'drain-timeout');
  t.equal((await writer.replies(1)).toString(), ':1\r\n', 'its reply comes all the same');
});

void t.test('a pause that is refused', async (t) => {
  const users = ['holdfast on >secret ~* &* +@all'];
  const flags = ['--node-username=holdfast', '--node-password=secret'];
  const stage = await startStage(t, { replicas: 1, users, flags, relayToMaster: true });
  const { relay, shard } = stage;
  // The right is taken away at the last moment; preflight would refuse.
  relay.judge(async (text) => {
    if (PAUSE.test(text)) await shard.master.send('ACL', 'SETUSER', 'holdfast', '-client|pause');
  });
  const words = await stage.switchover();
  t.match(words, /NOPERM/);
  await isRolledBack(t, stage, words, 'fence-failed');
});

void t.test('a pause whose answer does not come', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { relay } = stage;
  relay.judge((text) => (PAUSE.test(text) ? 'mute' : 'pass'));
  const words = stage.switchover('SYNCTIMEOUT', '2000');
  await stage.holdfast.reaches('fencing');
  const held = await heldWrite(t, stage);
  await words;
  relay.flow();
  await isRolledBack(t, stage, await words, 'fence-failed');
  t.equal(await held.reply, ':1\r\n', 'the held write ran once');
});

void t.test('a candidate that does not reach the offset', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { relay, shard, holdfast, candidate } = stage;
  relay.judge(async (text) => {
    if (!PAUSE.test(text)) return;
    relay.mute(/psync/i);
    await shard.master.send('SET', 'late', 'x');
  });
  const words = stage.switchover('SYNCTIMEOUT', '2000');
  await holdfast.reaches('catching-up');
  t.equal(await candidate.send('GET', 'late'), null);
  const held = await heldWrite(t, stage);
  t.match(await words, / short of \d+/);
  relay.flow();
  await isRolledBack(t, stage, await words, 'catchup-timeout');
  t.equal(await held.reply, ':1\r\n');
});

void t.test('a gap that the operator accepts is reported', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { relay, shard, holdfast, candidate, client } = stage;
  relay.judge(async (text) => {
    if (!PAUSE.test(text)) return;
    relay.mute(/psync/i);
    await shard.master.send('SET', 'late', 'x'.repeat(1000));
  });
  const answer = await holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(stage.to), 'FORCE', 'SYNCTIMEOUT', '300');
  t.equal(answer.text('outcome'), 'switched');
  t.ok(answer.number('offset_gap') > 1000, `the gap is ${answer.number('offset_gap')}`);
  t.equal((await candidate.info('replication')).get('role'), 'master');
  t.equal(await client.call('GET', 'late'), '$-1\r\n', 'the write is lost, as was said');
  t.same(answer.map('resync'), { [stage.from]: 'full' });
});

void t.test('a candidate that dies before the promotion', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { relay, candidate } = stage;
  // The answer to the pause stays away: with it, the promotion could leave before the death is seen.
  relay.judge(async (text) => {
    if (!PAUSE.test(text)) return 'pass';
    await candidate.kill();
    return 'mute';
  });
  const words = await stage.switchover(...PATIENT);
  relay.flow();
  await isRolledBack(t, stage, words, 'candidate-lost');
});

void t.test('an old master that is gone before the promotion', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { relay, holdfast, shard } = stage;
  relay.judge((text) => (text.includes('stuck') ? 'mute' : 'pass'));
  const writer = await holdfast.client();
  t.teardown(() => writer.close());
  writer.send(encodeCommand('INCR', 'stuck'));
  await until('it has run', async () => (await shard.master.send('GET', 'stuck')) === '1');
  const words = stage.switchover(...PATIENT);
  await holdfast.reaches('draining');
  relay.cut(CONTROL);
  await holdfast.admin('STATUS');
  relay.flow();
  await isRolledBack(t, stage, await words, 'old-master-lost');
  t.equal((await writer.replies(1)).toString(), ':1\r\n');
});

void t.test('a candidate that refuses the promotion', async (t) => {
  const users = ['holdfast on >secret ~* &* +@all'];
  const flags = ['--node-username=holdfast', '--node-password=secret'];
  const stage = await startStage(t, { replicas: 1, users, flags, relayToMaster: true });
  const { relay, candidate } = stage;
  // The right is taken away when preflight has seen it.
  relay.judge(async (text) => {
    if (PAUSE.test(text)) await candidate.send('ACL', 'SETUSER', 'holdfast', '-replicaof');
  });
  const words = await stage.switchover();
  t.match(words, /NOPERM/);
  await isRolledBack(t, stage, words, 'promotion-refused');
});

void t.test('an operator who changes his mind', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { relay, holdfast } = stage;
  relay.judge((text) => (PAUSE.test(text) ? 'mute' : 'pass'));
  const words = stage.switchover(...PATIENT);
  await holdfast.reaches('fencing');
  const held = await heldWrite(t, stage);
  t.match(await holdfast.refusal('FAILOVER', 'TO', ...hostAndPort(stage.to)), /FAILOVER already in progress/);
  t.equal(await holdfast.admin('FAILOVER', 'ABORT'), 'OK');
  relay.flow();
  await isRolledBack(t, stage, await words, 'stopped-by-operator');
  t.equal(await held.reply, ':1\r\n');
});
