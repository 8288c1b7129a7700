import t, { type Test } from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { fieldsOf } from '../../support/fields.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { Twins, type Pair } from './support/twins.js';

const PAUSE_MS = '600000';

async function pairs(t: Test, twins: Twins, count: number): Promise<readonly Pair[]> {
  const all = await Promise.all(Array.from({ length: count }, () => twins.pair()));
  t.teardown(() => all.forEach((pair) => pair.close()));
  return all;
}

/** Says something that is held on both sides: what others can do meanwhile proves that nothing has come. */
async function held(t: Test, pair: Pair, clock: Pair, words: readonly string[]): Promise<void> {
  pair.send(words);
  await clock.same(t, ['EVAL_RO', 'return 1', '0']);
  await clock.same(t, ['CLIENT', 'GETNAME']);
  t.equal(pair.direct.received.length, 0, `direct: ${words.join(' ')} is held`);
  t.equal(pair.proxied.received.length, 0, `through Holdfast: ${words.join(' ')} is held`);
}

void t.test('WRITE: as on the server itself', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const [a, b, c, d, e] = await pairs(t, twins, 5);
  if (!a || !b || !c || !d || !e) throw new Error('five pairs');

  await a.same(t, ['SET', 'short', 'x', 'PX', '30']);
  await e.same(t, ['MULTI']);
  await e.same(t, ['GET', 'key']);
  await a.same(t, ['CLIENT', 'PAUSE', PAUSE_MS, 'WRITE']);
  await held(t, b, c, ['SET', 'key', '1']);
  await held(t, d, c, ['EVAL', 'return 2', '0']);
  await c.same(t, ['GET', 'key']);
  await e.same(t, ['EXEC']);
  await a.same(t, ['CLIENT', 'PAUSE', '1', 'WRITE']);
  // The later end wins: both have had time for the shorter one, as the key that has expired meanwhile shows.
  await until('the short key is gone', async () => {
    const found = await Promise.all([twins.direct.send('EXISTS', 'short'), twins.behind.send('EXISTS', 'short')]);
    return found.every((count) => count === 0);
  });
  await c.same(t, ['DBSIZE']);
  await held(t, e, c, ['INCR', 'key']);
  t.equal(b.proxied.received.length + b.direct.received.length, 0, 'still held');
  await c.same(t, ['CLIENT', 'UNPAUSE']);
  await b.sameReplies(t, 1, 'SET is answered');
  await d.sameReplies(t, 1, 'EVAL is answered');
  await e.sameReplies(t, 1, 'INCR is answered');
  await c.same(t, ['GET', 'key']);
});

void t.test('words that the server refuses pause nothing', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const [a, b] = await pairs(t, twins, 2);
  if (!a || !b) throw new Error('two pairs');
  for (const words of [[], ['x'], ['-1'], ['10', 'MAYBE'], ['10', 'WRITE', 'x'], ['99999999999999999999', 'ALL']]) {
    await a.same(t, ['CLIENT', 'PAUSE', ...words]);
    await b.same(t, ['SET', 'key', '1']);
  }
});

void t.test('ALL: everything waits, and ends by itself', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const [a, b, c] = await pairs(t, twins, 3);
  if (!a || !b || !c) throw new Error('three pairs');
  await a.same(t, ['CLIENT', 'PAUSE', '150']);
  b.send(['GET', 'key']);
  c.send(['CLIENT', 'UNPAUSE']);
  b.send(['SET', 'key', '1']);
  await b.sameReplies(t, 2, 'a read and a write');
  await c.sameReplies(t, 1, 'UNPAUSE is held as well');
});

void t.test('a transaction that writes is held, and blocked clients are woken afterwards', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const [a, b, c, d] = await pairs(t, twins, 4);
  if (!a || !b || !c || !d) throw new Error('four pairs');
  await b.same(t, ['MULTI']);
  await b.same(t, ['INCR', 'count']);
  d.send(['BLPOP', 'queue', '0']);
  await until('both are blocked', async () => {
    const infos = await Promise.all([twins.direct.info('clients'), twins.behind.info('clients')]);
    return infos.every((info) => info.get('blocked_clients') === '1');
  });
  await a.same(t, ['CLIENT', 'PAUSE', PAUSE_MS, 'WRITE']);
  await held(t, b, c, ['EXEC']);
  await held(t, a, c, ['RPUSH', 'queue', 'x']);
  await c.same(t, ['GET', 'count']);
  t.equal(d.direct.received.length + d.proxied.received.length, 0, 'nobody was pushed anything');
  await c.same(t, ['CLIENT', 'UNPAUSE']);
  await b.sameReplies(t, 1, 'EXEC');
  await a.sameReplies(t, 1, 'RPUSH');
  await d.sameReplies(t, 1, 'BLPOP');
});

void t.test('no write is caught in the server, where it would hold up the reads of others', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const writers = await Promise.all(Array.from({ length: 10 }, () => twins.holdfast.client()));
  const pauser = await twins.holdfast.client();
  const reader = await twins.holdfast.client();
  t.teardown(() => [...writers, pauser, reader].forEach((client) => client.close()));
  // On a lane of their own, which the pause overtakes.
  for (const client of [...writers, reader]) await client.call('SELECT', '1');
  const rounds = 50;
  let running = true;
  let written = 0;
  const work = writers.map(async (client: RawClient) => {
    while (running) {
      client.send(Buffer.concat(Array.from({ length: 20 }, () => encodeCommand('INCR', 'count'))));
      await client.replies(20);
      written += 20;
    }
  });
  for (let round = 0; round < rounds; round++) {
    const enough = written + 200;
    await until('writes flow', () => written >= enough);
    t.equal(await pauser.call('CLIENT', 'PAUSE', PAUSE_MS, 'WRITE'), '+OK\r\n');
    t.equal(await reader.call('GET', 'nothing'), '$-1\r\n', 'a read is answered');
    t.equal(await pauser.call('CLIENT', 'UNPAUSE'), '+OK\r\n');
  }
  running = false;
  await Promise.all(work);
  t.equal(await reader.call('GET', 'count'), `$${String(written).length}\r\n${written}\r\n`);
});

void t.test('a pause goes on when the master moves, also for those who write to the servers directly', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { client, holdfast } = stage;
  const writer = await holdfast.client();
  t.teardown(() => writer.close());
  t.equal(await client.call('CLIENT', 'PAUSE', PAUSE_MS, 'WRITE'), '+OK\r\n');
  writer.send(encodeCommand('INCR', 'count'));
  const master = await switchRounds(t, stage, 3, () => Promise.resolve());
  t.equal(await client.call('GET', 'count'), '$-1\r\n');
  t.equal(writer.received.length, 0, 'the write is held');
  const direct = master.send('INCR', 'count');
  await until('the direct write is held in the server', async () => {
    return (await master.info('clients')).get('blocked_clients') === '1';
  });
  t.equal(await client.call('CLIENT', 'UNPAUSE'), '+OK\r\n');
  await direct;
  await writer.replies(1);
  t.equal(await client.call('GET', 'count'), '$1\r\n2\r\n');
});

void t.test('a pause of everything does not make the master look dead', async (t) => {
  const stage = await startStage(t, { replicas: 1, flags: ['--probe-interval-ms=20'] });
  const { client, holdfast } = stage;
  const seenMsAgo = async (): Promise<number> => {
    const nodes = await holdfast.admin('NODES');
    return fieldsOf(Array.isArray(nodes) ? (nodes as readonly unknown[])[0] : nodes).number('seen_ms_ago');
  };
  t.equal(await client.call('CLIENT', 'PAUSE', PAUSE_MS, 'ALL'), '+OK\r\n');
  client.send(encodeCommand('GET', 'before'));
  for (let answers = 0; answers < 3; answers++) {
    let before = 0;
    await until('the master answers a probe', async () => {
      const now = await seenMsAgo();
      const isNewer = now < before;
      before = now;
      return isNewer;
    });
  }
  t.equal(client.received.length, 0, 'all that time the client was held');
});
