import t from 'tap';
import type { Verdict } from '../../support/relay.js';
import { until } from '../../support/until.js';
import { serves, startCrashStage, type CrashStage } from './support/crash-stage.js';
import { roleOf } from './support/stage.js';

const PROMOTION = /replicaof\r\n\$2\r\nno\r\n/i;

/** Kills Holdfast at the moment in which the promotion passes by, with the master dead. */
async function crashAtPromotion({ shard, relay, start }: CrashStage, verdict: Verdict): Promise<void> {
  const holdfast = await start();
  await holdfast.ready();
  let isThere = false;
  relay.judge((text) => {
    if (!PROMOTION.test(text)) return 'pass';
    isThere = true;
    return verdict;
  });
  await shard.master.kill();
  await until('it is promoted', () => isThere);
  holdfast.signal('SIGKILL');
  await holdfast.ended();
  relay.judge(() => 'pass');
}

for (const [name, verdict] of [
  ['before the promotion arrives', 'cut'],
  ['when it has arrived', 'mute'],
] as const) {
  void t.test(`Holdfast dies ${name}, and the master stays dead`, async (t) => {
    const stage = await startCrashStage(t);
    const { shard, relay, start } = stage;
    await crashAtPromotion(stage, verdict);
    relay.flow();
    const next = await start();
    await serves(next, relay);
    t.match(next.state().intent, { from: shard.master.id, to: relay.id, unplanned: true });
    await shard.master.restart();
    await until('it is demoted', async () => (await roleOf(shard.master)) === 'slave');
    await next.reaches('serving');
    await until('the intent is done with', () => next.state().intent === null);
  });
}

void t.test('Holdfast dies when the promotion has arrived; both are back when it starts again', async (t) => {
  const stage = await startCrashStage(t);
  const { shard, relay, start } = stage;
  await crashAtPromotion(stage, 'mute');
  relay.flow();
  await shard.master.restart();
  t.equal(await roleOf(shard.master), 'master', 'two masters');
  const next = await start();
  await serves(next, relay);
  await until('it is demoted', async () => (await roleOf(shard.master)) === 'slave');
});
