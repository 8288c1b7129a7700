import t, { type Test } from 'tap';
import { RawClient, encodeCommand } from '../../support/raw-client.js';
import { hostAndPort, lastEntry, startStage, type Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';

const PROMOTION = /replicaof\r\n\$2\r\nno\r\n/i;

/** What an operator does while the promotion is on its way: the gate is closed, and the point of no return is reached. */
async function inTheMiddle(t: Test, act: (stage: Stage) => void | Promise<void>): Promise<Stage> {
  const stage = await startStage(t, { replicas: 1, relayToReplica: true });
  stage.relay.judge(async (text) => {
    if (PROMOTION.test(text)) await act(stage);
  });
  return stage;
}

async function isMoved(t: Test, { shard, candidate, client }: Stage): Promise<void> {
  t.equal(await client.call('SET', 'after', '1'), '+OK\r\n');
  t.equal(await candidate.send('GET', 'after'), '1');
  await until('the old master follows', async () => (await shard.master.info('replication')).get('role') === 'slave');
}

void t.test('a second operator is told that somebody else is at it', async (t) => {
  const answers: string[] = [];
  const stage = await inTheMiddle(t, async ({ holdfast, from }) => {
    answers.push(
      await holdfast.refusal('SWITCHOVER'),
      await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(from), 'FORCE'),
      await holdfast.refusal('SWITCHOVER', 'UNPLANNED', 'FORCE'),
      await holdfast.refusal('FAILOVER'),
      await holdfast.refusal('FAILOVER', 'ABORT'),
    );
  });
  t.equal(await stage.switchover(), '');
  for (const answer of answers.slice(0, 3)) t.match(answer, /^INPROGRESS /);
  t.match(answers[3], /already in progress/);
  t.match(answers[4], /past the point of no return/);
  await isMoved(t, stage);
  t.equal(
    ((await stage.holdfast.admin('HISTORY')) as readonly unknown[]).length,
    1,
    'what was not begun is no history',
  );
});

void t.test('an operator whose connection breaks finds what came of it in the history', async (t) => {
  let admin: RawClient | null = null;
  const stage = await inTheMiddle(t, () => admin?.close());
  admin = await RawClient.connect(stage.holdfast.adminAddress);
  admin.send(encodeCommand('SWITCHOVER', 'TO', ...hostAndPort(stage.to)));
  await until('it is over', async () => (await lastEntry(stage.holdfast)).text('settled') === 'yes');
  t.equal((await lastEntry(stage.holdfast)).text('outcome'), 'switched');
  await isMoved(t, stage);
});

void t.test('files are read again in the middle (SIGHUP)', async (t) => {
  const stage = await inTheMiddle(t, ({ holdfast }) => holdfast.signal('SIGHUP'));
  t.equal(await stage.switchover(), '');
  await isMoved(t, stage);
});

void t.test('a HOLD in the middle lasts beyond the switch, and ends by itself', async (t) => {
  const stage = await inTheMiddle(t, async ({ holdfast }) => void (await holdfast.admin('HOLD', '3000')));
  t.equal(await stage.switchover(), '');
  t.same((await stage.holdfast.fields('STATUS')).list('gate_holders'), ['hand']);
  await isMoved(t, stage);
  t.same((await stage.holdfast.fields('STATUS')).list('gate_holders'), []);
});

void t.test('SIGTERM behind the point of no return: the switch is finished first', async (t) => {
  const stage = await inTheMiddle(t, async ({ holdfast }) => {
    holdfast.signal('SIGTERM');
    await until('it is stopping', () => holdfast.log().includes('stopping'));
  });
  await stage.switchover();
  t.equal(await stage.holdfast.ended(), 0);
  t.match(stage.holdfast.state(), { epoch: 1, master: stage.to, intent: null });
  t.match((await stage.shard.master.info('replication')).get('role'), 'slave');
  t.match((await stage.candidate.info('replication')).get('role'), 'master');
});
