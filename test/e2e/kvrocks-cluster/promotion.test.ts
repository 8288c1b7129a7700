import t, { type Test } from 'tap';
import type { ClusterDouble } from '../../support/kvrocks/cluster-double.js';
import { startClusterStage, whenPaused } from './support.js';
import { lastEntry } from '../../support/stage.js';

const { holdfast, roles, switchover } = await startClusterStage(t);

async function writes(t: Test, value: string): Promise<void> {
  const client = await holdfast.client();
  t.equal(await client.call('SET', 'x', value), '+OK\r\n');
  t.equal(await client.call('GET', 'x'), `$${value.length}\r\n${value}\r\n`);
  client.close();
}

function endConnections({ connections }: ClusterDouble): void {
  for (const connection of connections.values()) connection.destroy();
}

await t.test('somebody else was quicker with the same version: that would be ignored with +OK', async (t) => {
  const { master, candidate } = roles();
  whenPaused(master, () => candidate.cluster.setNodes(candidate.cluster.lines, 2, false, candidate.port));
  t.match(await switchover(), /^ABORTED promotion-refused .*was told another topology of version 2 before/);
  t.equal(candidate.master, master);
  t.equal(master.pause.active, false, 'writers past Holdfast go on too');
  await writes(t, 'a');
});

await t.test('somebody else was quicker with a higher version: refused by the candidate', async (t) => {
  const { master, candidate } = roles();
  whenPaused(master, () => candidate.cluster.setNodes(candidate.cluster.lines, 9, false, candidate.port));
  t.match(await switchover(), /^ABORTED promotion-refused .*Invalid cluster version/);
  await writes(t, 'a');
});

await t.test('the answer is lost, and it was promoted', async (t) => {
  const { candidate } = roles();
  const take = candidate.takeClusterRole.bind(candidate);
  candidate.takeClusterRole = async () => {
    candidate.takeClusterRole = take;
    await take();
    endConnections(candidate);
  };
  t.equal(await switchover(), '', 'switched');
  t.equal((await lastEntry(holdfast)).text('outcome'), 'switched');
  t.equal(candidate.master, null);
  await writes(t, 'b');
});

await t.test('the answer is lost, and it was not promoted', async (t) => {
  const { master, candidate } = roles();
  const set = candidate.cluster.setNodes.bind(candidate.cluster);
  candidate.cluster.setNodes = () => {
    candidate.cluster.setNodes = set;
    endConnections(candidate);
    return 'ignored';
  };
  t.match(await switchover(), /^ABORTED promotion-did-not-happen /);
  t.equal(candidate.master, master);
  await writes(t, 'c');
});

await t.test('the old master refuses to be told: its pause is renewed until it has been', async (t) => {
  const { master, candidate } = roles();
  const set = master.cluster.setNodes.bind(master.cluster);
  let refusals = 0;
  master.cluster.setNodes = (...args) => {
    if (refusals++ < 5) return { error: 'ERR not now' };
    t.equal(master.pause.active, true, 'nobody writes there');
    return set(...args);
  };
  t.equal(await switchover(), '', 'switched');
  t.equal(master.master, candidate);
  t.equal(master.pause.active, false);
});
