import t from 'tap';
import { MovingPair } from '../../support/moving-pair.js';
import type { RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { Twins } from '../proxy/support/twins.js';

/** Of the tracker and of the target. */
const VERSIONS = [
  ['2', '2'],
  ['3', '2'],
  ['2', '3'],
  ['3', '3'],
] as const;

const pair = await MovingPair.start(t);
const { holdfast } = pair;

const text = async (client: RawClient, count = 1): Promise<string> => (await client.replies(count)).toString('latin1');

async function hello(resp: string): Promise<readonly [RawClient, string]> {
  const client = await holdfast.client();
  await client.call('HELLO', resp);
  return [client, (await client.call('CLIENT', 'ID')).slice(1).trim()];
}

t.test('what the target is told is the same as without Holdfast', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  for (const [from, to] of VERSIONS) {
    const [reader, target] = [await twins.pair(), await twins.pair()];
    await reader.same(t, ['HELLO', from]);
    await target.same(t, ['HELLO', to]);
    const ids = await Promise.all([target.direct, target.proxied].map((client) => client.call('CLIENT', 'ID')));
    // The target of the one without a subscription has nothing but a lane until now.
    if (to === '2') await target.same(t, ['SUBSCRIBE', '__redis__:invalidate']);
    const [direct = '', proxied = ''] = ids.map((id) => id.slice(1).trim());
    t.equal(await reader.direct.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', direct), '+OK\r\n');
    t.equal(await reader.proxied.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', proxied), '+OK\r\n');
    t.equal(await reader.proxied.call('CLIENT', 'GETREDIR'), `:${proxied}\r\n`);
    const info = await reader.direct.call('CLIENT', 'TRACKINGINFO');
    t.equal(await reader.proxied.call('CLIENT', 'TRACKINGINFO'), info.replace(`:${direct}\r\n`, `:${proxied}\r\n`));
    await reader.same(t, ['GET', 'k']);
    await twins.both('SET', 'k', '1');
    await target.sameReplies(t, 1, `RESP${from} to RESP${to}`);
    await twins.both('FLUSHALL');
    await target.sameReplies(t, 1, 'everything');
    await reader.same(t, ['GET', 'k']);
    const behind = twins.holdfast.shard.clients.get(Number(proxied))?.link?.upstream.serverId;
    target.close();
    await until('both servers know that the target is gone', async () => {
      const lists = await Promise.all([twins.direct, twins.behind].map((server) => server.send('CLIENT', 'LIST')));
      return [direct, behind].every((id, at) => !String(lists[at]).includes(`id=${id} `));
    });
    await twins.both('SET', 'k', '2');
    if (from === '3') {
      const broken = await text(reader.direct);
      t.equal(await text(reader.proxied), broken.replace(`:${direct}\r\n`, `:${proxied}\r\n`));
    }
    await reader.same(t, ['GET', 'k']);
    reader.close();
  }
});

t.test('everything is invalidated when the master moves, in the words of FLUSHALL', async (t) => {
  for (const [from, to] of VERSIONS) {
    const [reader] = await hello(from);
    const [target, id] = await hello(to);
    if (to === '2') await target.call('SUBSCRIBE', '__redis__:invalidate');
    await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', id);
    await reader.call('GET', 'k');
    await pair.master.send('FLUSHALL');
    const everything = await text(target);
    await reader.call('GET', 'k');
    await pair.move();
    t.equal(await text(target), everything, `RESP${from} to RESP${to}`);
    await reader.call('GET', 'k');
    await pair.master.send('SET', 'k', '1');
    t.match(await text(target), /invalidate\r\n\*1\r\n\$1\r\nk\r\n$/, 'and tracking goes on');
    t.equal(await reader.call('CLIENT', 'GETREDIR'), `:${id}\r\n`);
    target.close();
    reader.close();
  }
});

t.test('a target that moves later than the tracker', async (t) => {
  const [reader] = await hello('3');
  const [target, id] = await hello('3');
  await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', id);
  target.send('BLPOP nothing 0\r\n');
  await until('the target is blocked', async () => (await pair.master.info('clients')).get('blocked_clients') === '1');
  await pair.move();
  await reader.call('GET', 'k');
  await until('the target is blocked', async () => (await pair.master.info('clients')).get('blocked_clients') === '1');
  await pair.master.send('SET', 'k', '2');
  t.equal(await text(target, 2), '>2\r\n$10\r\ninvalidate\r\n_\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n');
  await pair.master.send('RPUSH', 'nothing', 'something');
  t.equal(await text(target), '*2\r\n$7\r\nnothing\r\n$9\r\nsomething\r\n');
  target.close();
  reader.close();
});

t.test('a target that has gone before the master moves', async (t) => {
  for (const resp of ['2', '3']) {
    const [reader] = await hello(resp);
    const [target, id] = await hello('3');
    await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', id);
    await reader.call('GET', 'k');
    target.close();
    await until('it is gone', () => !holdfast.shard.clients.has(Number(id)));
    await pair.move();
    if (resp === '3') t.equal(await text(reader), `>2\r\n$21\r\ntracking-redir-broken\r\n:${id}\r\n`);
    t.equal(await reader.call('ECHO', 'still there'), '$11\r\nstill there\r\n');
    reader.close();
  }
});

t.test('a connection that was a target never brings invalidations to somebody else', async (t) => {
  const [reader] = await hello('3');
  const [target, id] = await hello('2');
  await target.call('SUBSCRIBE', '__redis__:invalidate');
  await reader.call('CLIENT', 'TRACKING', 'on', 'BCAST', 'REDIRECT', id);
  await target.call('UNSUBSCRIBE');
  target.close();
  await until('it is gone', () => !holdfast.shard.clients.has(Number(id)));
  const others = await Promise.all(['2', '3', '3'].map((resp) => hello(resp)));
  for (const [other] of others) await other.call('MULTI');
  await pair.master.send('SET', 'k', '3');
  for (const [other] of others) {
    t.equal(await other.call('PING'), '+QUEUED\r\n');
    t.equal(await other.call('EXEC'), '*1\r\n+PONG\r\n');
    other.close();
  }
  reader.close();
});
