import t from 'tap';
import { extraWrites, isSuccessorOf } from '../../../src/switchover/extra-writes.js';
import type { NodeFacts } from '../../../src/switchover/ports.js';
import { factsOf } from './simulated-world.js';

/** A node that calls itself a master. */
function master(offset: number, more: Partial<NodeFacts> = {}): NodeFacts {
  return { ...factsOf('redis-0:6379', 'master', offset), ...more };
}

await t.test('the stream that both nodes name is what they share', async (t) => {
  // Promoted when it had 100, and written to since.
  const successor = master(150, { replId: 'new', replId2: 'old', secondReplOffset: 101 });
  t.equal(extraWrites(master(100, { replId: 'old' }), successor, null), 0);
  t.equal(extraWrites(master(90, { replId: 'old' }), successor, null), 0, 'it lacks some itself');
  t.equal(extraWrites(master(130, { replId: 'old' }), successor, null), 30);
  t.equal(
    extraWrites(master(130, { replId: 'restarted', replId2: 'old', secondReplOffset: 121 }), successor, null),
    30,
    'it goes on from the old stream, under a new name, since it was restarted',
  );
  t.equal(
    extraWrites(master(170, { replId: 'own', replId2: 'new', secondReplOffset: 141 }), successor, null),
    30,
    'it had followed until 140',
  );
});

await t.test('streams that have nothing in common tell nothing, unless there is nothing to lose', async (t) => {
  const successor = master(150, { replId: 'new', replId2: 'old', secondReplOffset: 101 });
  const restarted = master(0, { replId: 'fresh', secondReplOffset: -1 });
  t.equal(extraWrites(restarted, successor, 100), null, 'it counts nothing while nobody follows it');
  t.equal(extraWrites({ ...restarted, isEmpty: true }, successor, 100), 0);
  t.equal(extraWrites({ ...restarted, offset: 14, isEmpty: true }, successor, 100), 0, 'a replication ping');
  t.equal(extraWrites(master(130), master(150), 100), null, 'nodes that name no stream');
});

await t.test('a Kvrocks has what is beyond the promotion, as long as that is known', async (t) => {
  const kvrocks = { engine: 'kvrocks' } as const;
  t.equal(extraWrites(master(130, kvrocks), master(150, kvrocks), 100), 30);
  t.equal(extraWrites(master(90, kvrocks), master(150, kvrocks), 100), 0);
  t.equal(extraWrites(master(130, kvrocks), master(150, kvrocks), null), null);
});

await t.test('a replica has nothing of its own', async (t) => {
  for (const engine of ['redis', 'kvrocks'] as const) {
    const replica = { ...factsOf('redis-0:6379', 'replica', 130), engine };
    t.equal(extraWrites(replica, master(100, { engine }), null), 0);
  }
});

await t.test('who was promoted out of the stream of another one is its successor', async (t) => {
  const former = { ...factsOf('redis-0:6379', 'master', 9), replId: 'old' };
  t.equal(isSuccessorOf(master(9, { replId: 'new', replId2: 'old' }), former), true);
  t.equal(isSuccessorOf(master(9, { replId: 'new', replId2: 'older' }), { ...former, replId2: 'older' }), true);
  t.equal(isSuccessorOf(master(9, { replId: 'new', replId2: 'other' }), former), false);
  t.equal(isSuccessorOf(master(9, { replId: 'old' }), former), false, 'one that goes on from nobody');
});
