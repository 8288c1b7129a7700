import t, { type Test } from 'tap';
import { MASTER_NAME, NO_SENTINEL, prioritySeenBy } from '../../support/sentinels.js';
import { hostAndPort, touches } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { prioritiesOf, startSentinelStage, type SentinelStage } from './support/sentinel-stage.js';

const SKIP = { skip: NO_SENTINEL };

/** Refused for that, and neither a server nor a client has noticed. */
async function isRefused(t: Test, stage: SentinelStage, wanted: RegExp, reason: string): Promise<void> {
  const { holdfast, client, candidate, switchover } = stage;
  const before = await touches(candidate);
  t.match(await switchover(), wanted);
  t.equal(await touches(candidate), before);
  t.match(await client.call('INCR', 'after'), /^:/);
  t.equal(await holdfast.metric(`holdfast_switchovers_total{outcome="refused",reason="${reason}"}`), 1);
}

void t.test('no Sentinel answers', SKIP, async (t) => {
  const stage = await startSentinelStage(t, { sentinel: { count: 1 } });
  await stage.sentinels.servers[0]?.kill();
  await isRefused(t, stage, /^REFUSED owner-unreachable .*connection refused/, 'owner-unreachable');
  t.equal(
    (await stage.holdfast.fields('STATUS')).text('master'),
    stage.shard.master.id,
    'what they said last still holds',
  );
});

void t.test('too few Sentinels to agree on anything', SKIP, async (t) => {
  const stage = await startSentinelStage(t, { sentinel: { downAfterMs: 1_000 } });
  const [left, ...others] = stage.sentinels.servers;
  await Promise.all(others.map((sentinel) => sentinel.kill()));
  await until('the one that is left has noticed', async () => {
    const answer = await left?.send('SENTINEL', 'CKQUORUM', MASTER_NAME).catch(String);
    return /NOQUORUM/.test(String(answer));
  });
  await isRefused(t, stage, /^REFUSED owner-refuses .*NOQUORUM/, 'owner-refuses');
});

void t.test('the nodes and the Sentinels name different masters', SKIP, async (t) => {
  const { shard, holdfast, candidate } = await startSentinelStage(t, { sentinel: { downAfterMs: 20_000 } });
  // Somebody moves the master by hand.
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  await shard.master.send('REPLICAOF', candidate.host, String(candidate.port));
  const words = await until('the link is up', async () => {
    const refusal = await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(shard.master.id));
    return /link-down|syncing/.test(refusal) ? undefined : refusal;
  });
  t.match(words, new RegExp(`^REFUSED owner-disagrees .*names ${shard.master.id}, the master is ${candidate.id}`));
});

void t.test('another replica that Sentinel would always prefer', SKIP, async (t) => {
  const stage = await startSentinelStage(t, { replicas: 2, sentinel: { count: 1 } });
  const [, other] = stage.shard.replicas;
  const [sentinel] = stage.sentinels.servers;
  if (other === undefined || sentinel === undefined) throw new Error('two replicas and a Sentinel');
  await other.send('CONFIG', 'SET', 'replica-priority', '1');
  await until('Sentinel has seen it', async () => (await prioritySeenBy(sentinel, other.id)) === 1);
  await isRefused(t, stage, /^REFUSED not-arranged .*might promote .*, which has replica-priority 1/, 'not-arranged');
  await until('the priority is put back', async () => {
    const priorities = await prioritiesOf(stage.shard);
    return priorities.map(([now]) => now).join() === '100,100,1';
  });
});
