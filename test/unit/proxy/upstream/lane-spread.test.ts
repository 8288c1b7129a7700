import t from 'tap';
import { LaneSpread } from '../../../../src/proxy/upstream/lane-spread.js';
import { makeIdentity } from '../../../../src/session/identity.js';

const ANNA = makeIdentity([Buffer.from('anna'), Buffer.from('x')], 2, 0);
const BERT = makeIdentity([Buffer.from('bert'), Buffer.from('x')], 2, 0);

function speaker(identity = ANNA) {
  return { session: { identity } };
}

t.test('a client gets the lane with the fewest clients, and keeps it', (t) => {
  const spread = new LaneSpread();
  spread.count = 3;
  const clients = Array.from({ length: 9 }, () => speaker());
  const indexes = clients.map((client) => spread.slotOf(client).index);
  t.same(indexes, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
  for (const at of [1, 4]) {
    const [gone] = clients.splice(at, 1);
    if (gone !== undefined) spread.leave(gone);
  }
  t.equal(spread.slotOf(speaker()).index, 1, 'the place that became free');
  t.same(new Set(clients.map((client) => spread.slotOf(client).key)).size, 3);
  t.equal(spread.slotOf(clients[0] ?? speaker()).index, 0);
  t.end();
});

t.test('each identity is spread by itself, and one client counts once', (t) => {
  const spread = new LaneSpread();
  spread.count = 2;
  const client = speaker();
  t.same(
    [spread.slotOf(client), spread.slotOf(client)].map(({ index }) => index),
    [0, 0],
  );
  t.equal(spread.slotOf(speaker(BERT)).index, 0);
  client.session.identity = BERT;
  t.equal(spread.slotOf(client).index, 1, 'it is somebody else now');
  t.equal(spread.slotOf(speaker()).index, 0, 'and its old place is free');
  spread.leave(client);
  spread.leave(client);
  t.equal(spread.slotOf(speaker(BERT)).index, 1);
  t.end();
});

t.test('slots of one identity have keys of their own; the first one has that of the identity', (t) => {
  const spread = new LaneSpread();
  spread.count = 4;
  const keys = Array.from({ length: 4 }, () => spread.slotOf(speaker()).key);
  t.equal(new Set(keys).size, 4);
  t.equal(keys[0], ANNA.key);
  t.end();
});

t.test('what a client may want next: the lane where AUTH is judged, and its own', (t) => {
  const spread = new LaneSpread();
  const [silent, first, second] = [speaker(), speaker(), speaker()];
  const wanted = (client = silent): readonly number[] => spread.wantedBy(client).map(({ index }) => index);
  t.same(wanted(), [0], 'one lane');
  spread.count = 3;
  spread.slotOf(first);
  spread.slotOf(second);
  t.same(wanted(second), [0, 1]);
  t.same(wanted(), [0, 1, 2], 'nobody knows yet');
  second.session.identity = BERT;
  t.same(wanted(second), [0, 1, 2]);
  t.end();
});

t.test('with fewer lanes than before, everybody has one of those', (t) => {
  const spread = new LaneSpread();
  spread.count = 8;
  const clients = Array.from({ length: 8 }, () => speaker());
  for (const client of clients) spread.slotOf(client);
  spread.count = 2;
  const indexes = clients.map((client) => spread.slotOf(client).index);
  t.same(
    indexes.toSorted((a, b) => a - b),
    [0, 0, 0, 0, 1, 1, 1, 1],
  );
  spread.count = 1;
  t.same(new Set(clients.map((client) => spread.slotOf(client).index)), new Set([0]));
  for (const client of clients) spread.leave(client);
  t.end();
});
