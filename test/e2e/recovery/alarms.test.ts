import t from 'tap';
import type { ServeProcess } from '../../support/serve-process.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';

async function raises(holdfast: ServeProcess, alarm: string, isOn: boolean): Promise<void> {
  await until(`${alarm} is ${isOn ? 'on' : 'over'}`, async () => {
    return (await holdfast.fields('STATUS')).list('alarms').includes(alarm) === isOn;
  });
  await until('so says the metric', async () => {
    return (await holdfast.metric(`holdfast_alarm{alarm="${alarm}"}`)) === (isOn ? 1 : 0);
  });
  const line = new RegExp(`"alarm":"${alarm}".*"an alarm is ${isOn ? 'on' : 'over'}"`);
  await until('so says the log', () => line.test(holdfast.log()));
}

void t.test('two nodes call themselves masters', async (t) => {
  const { holdfast, shard, candidate } = await startStage(t, { replicas: 1, flags: ['--probe-interval-ms=50'] });
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  await raises(holdfast, 'two-masters', true);
  await candidate.send('REPLICAOF', shard.master.host, String(shard.master.port));
  await raises(holdfast, 'two-masters', false);
});

void t.test('a switchover keeps the gate closed for longer than its steps may take', async (t) => {
  const flags = ['--resolve-timeout-ms=100', '--command-timeout-ms=20000'];
  const { holdfast, relay, client, switchover } = await startStage(t, { replicas: 1, relayToReplica: true, flags });
  let isRight = false;
  relay.judge(async (text) => {
    isRight ||= /\$4\r\nROLE\r\n/.test(text) && (await holdfast.fields('STATUS')).text('gate') === 'closed';
    return isRight ? 'swallow' : 'pass';
  });
  const asked = switchover('SYNCTIMEOUT', '500000');
  await raises(holdfast, 'gate-closed', true);
  t.match(holdfast.log(), /keeps the gate closed for longer than it may/);
  const held = client.call('INCR', 'held');
  await until('a write is held', async () => (await holdfast.fields('STATUS')).number('held_clients') > 0);
  t.equal(await holdfast.refusal('FAILOVER', 'ABORT'), '');
  t.equal(await held, ':1\r\n');
  t.match(await asked, /^ABORTED stopped-by-operator/);
  await raises(holdfast, 'gate-closed', false);
});
