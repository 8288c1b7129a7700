import t, { type Test } from 'tap';
import { startControlledStage, type ControlledStage } from '../../support/kvrocks-controller/controlled-stage.js';
import type { FailoverStep } from '../../support/kvrocks-controller/failover.js';
import { expectAllOnce } from '../../support/lost-or-doubled.js';
import { hostAndPort, lastEntry } from '../../support/stage.js';
import { WriteLoad } from '../../support/write-load.js';

interface Ending {
  readonly outcome: string;
  readonly reason: string;
}

/** Switches under load; the leader dies at that step, and another one takes over. */
async function dieAt(t: Test, step: FailoverStep): Promise<ControlledStage & { readonly ending: Ending }> {
  const stage = await startControlledStage(t, { controllers: 2, prober: { probeIntervalMs: 100 } });
  const { controllers, shard, holdfast } = stage;
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 5);
  await load.acknowledged(50);
  const leader = controllers.at(0);
  leader.onStep = (at) => {
    if (at !== step) return;
    leader.die();
    controllers.elect(1);
  };
  await holdfast.refusal(
    'SWITCHOVER',
    'TO',
    ...hostAndPort(shard.ids[1] ?? ''),
    'SYNCTIMEOUT',
    '10000',
    'PAUSETIMEOUT',
    '60000',
  );
  await load.acknowledged(50);
  const entry = await lastEntry(holdfast);
  const ending = { outcome: entry.text('outcome'), reason: entry.text('reason') };
  const master = (await holdfast.fields('STATUS')).text('master');
  t.equal(shard.server(master).master, null, 'it serves the master');
  t.equal(
    controllers.all.reduce((sum, { failoversAsked }) => sum + failoversAsked, 0),
    1,
    'it was asked once',
  );
  await expectAllOnce(t, { holdfast, load, server: shard.server(master).server });
  return { ...stage, ending };
}

await t.test('before the failover has changed anything: the old master goes on', async (t) => {
  const { ending, controllers } = await dieAt(t, 'in-sync');
  t.same(ending, { outcome: 'aborted', reason: 'promotion-refused' });
  t.equal(controllers.store.read().version, 1);
});

for (const step of ['stored', 'answering'] as const) {
  await t.test(`when the topology is changed (${step}): the next leader brings it to the nodes`, async (t) => {
    const { ending, controllers } = await dieAt(t, step);
    t.same(ending, { outcome: 'switched', reason: '' });
    t.equal(controllers.store.read().version, 2);
  });
}
