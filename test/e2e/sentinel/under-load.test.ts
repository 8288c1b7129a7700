import t from 'tap';
import { hostAndPort } from '../../support/stage.js';
import { scaled } from '../../support/scale.js';
import { NO_SENTINEL } from '../../support/sentinels.js';
import { isFlawless, PATIENT, startLoad, written } from '../switchover/support/load.js';
import { prioritiesOf, startSentinelStage } from './support/sentinel-stage.js';

void t.test('round and round under load, and every Sentinel knows', { skip: NO_SENTINEL }, async (t) => {
  const rounds = scaled(3, 10);
  const stage = await startSentinelStage(t, { replicas: 1, ...PATIENT });
  const { shard, sentinels, holdfast } = stage;
  const load = await startLoad(t, stage);
  for (let round = 1; round <= rounds; round++) {
    await written(load, 40);
    const to = shard.servers[round % shard.servers.length];
    if (to === undefined) throw new Error('a shard with two servers');
    const answer = await holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(to.id));
    t.equal(answer.text('outcome'), 'switched');
    t.equal(answer.text('new_master'), to.id);
    t.equal(answer.number('offset_gap'), 0);
    t.equal(answer.text('settled'), 'yes');
    t.same(Object.values(answer.map('resync')), ['partial']);
    t.equal((await to.info('replication')).get('role'), 'master');
    await sentinels.agreeOn(to, 1);
    t.equal((await holdfast.fields('STATUS')).text('master'), to.id);
  }
  const last = shard.servers[rounds % shard.servers.length] ?? shard.master;
  isFlawless(t, await load.finish(last.id));
  await shard.inSync(last);
  t.equal(await holdfast.metric('holdfast_switchovers_total{outcome="switched",reason="none"}'), rounds);
  t.equal(await holdfast.metric('holdfast_held_commands_total{result="failed"}'), 0);
});

void t.test(
  'the replica that is named is promoted, not the one that Sentinel prefers',
  { skip: NO_SENTINEL },
  async (t) => {
    const rounds = scaled(2, 10);
    // Sentinel would take the second replica each time.
    const each = [{ priority: 100 }, { priority: 50 }, { priority: 10 }];
    const stage = await startSentinelStage(t, { replicas: 2, each, ...PATIENT });
    const { shard, sentinels, holdfast } = stage;
    const load = await startLoad(t, stage);
    let master = shard.master;
    for (let round = 1; round <= rounds; round++) {
      await written(load, 40);
      // Between the two that it does not prefer.
      const to = shard.servers[round % 2] ?? shard.master;
      const answer = await holdfast.fields('SWITCHOVER', 'TO', ...hostAndPort(to.id));
      t.equal(answer.text('new_master'), to.id);
      t.match(answer.list('notes'), [/had replica-priority 1 during the switch/]);
      t.same(await prioritiesOf(shard), [
        ['100', '100'],
        ['50', '50'],
        ['10', '10'],
      ]);
      await sentinels.agreeOn(to, 2);
      master = to;
    }
    isFlawless(t, await load.finish(master.id));
    await shard.inSync(master);
  },
);
