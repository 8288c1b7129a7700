import t, { type Test } from 'tap';
import { peerAnswers } from '../../../src/proxy/answers/peer-answers.js';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import type { RawClient } from '../../support/raw-client.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';

/** Two data paths in front of the same servers. What the first one tells the second one arrives when the test says so. */
async function pair(t: Test) {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [candidate] = shard.replicas;
  if (candidate === undefined) throw new Error('a shard without a replica');
  const [one, two] = [await HoldfastInProcess.start(shard.master.id), await HoldfastInProcess.start(shard.master.id)];
  t.teardown(() => Promise.all([one.stop(), two.stop()]));
  const told: (() => void)[] = [];
  const answers = peerAnswers(two.shard);
  one.shard.peers = {
    ask: () => Promise.resolve([]),
    tell: (name, words) => told.push(() => void answers[name](words)),
  };
  const client = await one.client();
  t.teardown(() => client.close());
  const arrive = (): void => told.splice(0).forEach((tell) => tell());
  /** Of each of these scripts, whether the candidate has it. */
  const has = (...ids: readonly string[]) => candidate.send('SCRIPT', 'EXISTS', ...ids);
  const idle = (): Promise<boolean> =>
    until('all has been sent', () => !one.shard.scripts.busy && !two.shard.scripts.busy);
  return { one, two, client, candidate, arrive, has, idle };
}

const load = async (client: RawClient, script: string): Promise<string> =>
  (await client.call('SCRIPT', 'LOAD', script)).split('\r\n')[1] ?? '';

void t.test('a script that is loaded at one while another one flushes the candidate', async (t) => {
  const { one, two, client, candidate, arrive, has, idle } = await pair(t);
  t.equal(await client.call('SCRIPT', 'FLUSH'), '+OK\r\n');
  arrive();
  const before = await load(client, 'return 1');
  arrive();
  await one.traffic.prepare(candidate.id, 5000);
  const during = await load(client, 'return 2');
  await idle();
  t.same(await has(before, during), [1, 1]);
  // It still has to follow the flush, and has not heard of the script.
  await two.traffic.prepare(candidate.id, 5000);
  t.same(await has(before, during), [1, 0]);
  arrive();
  await idle();
  t.same(await has(before, during), [1, 1]);
});

void t.test('scripts that are flushed at one while another one loads them', async (t) => {
  const { one, two, client, candidate, arrive, has, idle } = await pair(t);
  const before = await load(client, 'return 1');
  arrive();
  await one.traffic.prepare(candidate.id, 5000);
  t.equal(await client.call('SCRIPT', 'FLUSH'), '+OK\r\n');
  const after = await load(client, 'return 2');
  await idle();
  t.same(await has(before, after), [0, 1]);
  await two.traffic.prepare(candidate.id, 5000);
  t.same(await has(before, after), [1, 1], 'it has not heard of the flush');
  arrive();
  await idle();
  t.same(await has(before, after), [0, 1]);
});
