import t from 'tap';
import { until } from '../../support/until.js';
import { serves, startCrashStage } from './support/crash-stage.js';

void t.test('Holdfast dies while the dead master is missing; it is demoted by the next one', async (t) => {
  const stage = await startCrashStage(t);
  const { shard, relay, start } = stage;
  const holdfast = await start();
  await holdfast.ready();
  await shard.master.kill();
  await serves(holdfast, relay);
  const client = await holdfast.client();
  t.equal(await client.call('SET', 'after', '1'), '+OK\r\n');
  client.close();
  await until('it is noted', () => holdfast.state().master === relay.id);
  holdfast.signal('SIGKILL');
  await holdfast.ended();
  const next = await start();
  await serves(next, relay);
  t.same((await next.fields('STATUS')).list('alarms'), ['demotion-pending']);
  await shard.master.restart();
  await until('it has what it missed', async () => (await shard.master.send('GET', 'after')) === '1');
  await next.reaches('serving');
});

void t.test('the master dies while Holdfast is gone', async (t) => {
  const { shard, relay, start } = await startCrashStage(t);
  const holdfast = await start();
  await holdfast.ready();
  await until('it is noted', () => holdfast.state().master === shard.master.id);
  holdfast.signal('SIGKILL');
  await holdfast.ended();
  await shard.master.kill();
  const next = await start();
  await serves(next, relay);
});
