import t from 'tap';
import { until } from '../../support/until.js';
import { Twins, type Pair } from './support/twins.js';

t.test('pub/sub gives the same bytes', async (t) => {
  const twins = await Twins.start({ users: ['listener on >x ~* &ok:* +@all'] });
  t.teardown(() => twins.stop());
  for (const resp of ['2', '3']) {
    t.test(`RESP${resp}`, async (t) => {
      const pair = await twins.pair();
      const say = (line: string, replies = 1): Promise<string> => pair.same(t, line.split(' '), replies);
      await say(`HELLO ${resp}`);
      await say('SUBSCRIBE a b a', 3);
      await say('PSUBSCRIBE a* x?', 2);
      await say('SSUBSCRIBE s');
      await say('PING');
      await say('PING hello');
      await say('GET a');
      await say('CLIENT ID'.replace('ID', resp === '2' ? 'ID' : 'GETNAME'));
      await twins.both('PUBLISH', 'a', 'one');
      await pair.sameReplies(t, 2, 'a message by channel and by pattern');
      await twins.both('SPUBLISH', 's', 'shard');
      await pair.sameReplies(t, 1, 'a shard message');
      await twins.both('PUBLISH', 'a', 'x'.repeat(300_000));
      await pair.sameReplies(t, 2, 'a large message');
      await say('UNSUBSCRIBE b nope', 2);
      await say('PUNSUBSCRIBE', 2);
      await say('PUNSUBSCRIBE');
      await twins.both('PUBLISH', 'a', 'two');
      await pair.sameReplies(t, 1, 'only the channel is left');
      await say('SUNSUBSCRIBE');
      await say('UNSUBSCRIBE');
      await twins.both('PUBLISH', 'a', 'nobody');
      await say('GET a');
      await say('SELECT 1');
      pair.close();
    });

    t.test(`RESP${resp}: many subscriptions and their end in one pipeline, with other commands`, async (t) => {
      const pair = await twins.pair();
      await pair.same(t, ['HELLO', resp]);
      pair.send(
        Buffer.from(
          'SUBSCRIBE a b c\r\nPING\r\nUNSUBSCRIBE a b\r\nUNSUBSCRIBE\r\nPING\r\nGET a\r\nSUBSCRIBE d\r\nUNSUBSCRIBE d e\r\nMULTI\r\nGET a\r\nEXEC\r\n',
        ),
      );
      await pair.sameReplies(t, 15, 'the pipeline');
      pair.close();
    });
  }

  t.test('a subscription that the ACL refuses leaves the others as they are', async (t) => {
    const pair = await twins.pair();
    const say = (line: string, replies = 1): Promise<string> => pair.same(t, line.split(' '), replies);
    await say('AUTH listener x');
    await say('SUBSCRIBE nope ok:1');
    await say('SUBSCRIBE ok:1 ok:2', 2);
    await say('SUBSCRIBE ok:1 nope');
    await say('PING');
    await twins.both('PUBLISH', 'ok:1', 'still there');
    await pair.sameReplies(t, 1, 'the message');
    await say('UNSUBSCRIBE ok:1 ok:2', 2);
    await say('GET a');
    pair.close();
  });

  t.test('SUBSCRIBE inside MULTI is refused, and no message comes to whoever gets that connection', async (t) => {
    const pair = await twins.pair();
    await pair.same(t, ['MULTI']);
    t.match(await pair.proxied.call('SUBSCRIBE', 'leak'), /^-ERR Holdfast does not serve this command inside MULTI/);
    t.match(await pair.proxied.call('EXEC'), /^-EXECABORT /);
    const others = await Promise.all(Array.from({ length: 3 }, () => twins.pair()));
    for (const other of others) await other.same(t, ['MULTI']);
    await twins.both('PUBLISH', 'leak', 'secret');
    for (const other of others) {
      await other.same(t, ['PING']);
      await other.same(t, ['EXEC']);
    }
    for (const each of [pair, ...others]) each.close();
  });

  t.test('a message between two replies', async (t) => {
    const pair = await twins.pair();
    await pair.same(t, ['HELLO', '3']);
    await pair.same(t, ['SUBSCRIBE', 'mid']);
    for (let round = 0; round < 50; round++) {
      pair.proxied.send(`GET a\r\nPUBLISH mid ${round}\r\nECHO ${round}\r\n`);
      const replies = (await pair.proxied.replies(4)).toString('latin1');
      if (round === 49) t.match(replies, /^_\r\n(:1\r\n|>3.*message)/s);
    }
    pair.close();
  });

  t.test('a subscriber learns that its server is gone', async (t) => {
    const client = await twins.holdfast.client();
    await client.call('SUBSCRIBE', 'a');
    await twins.behind.send('CLIENT', 'KILL', 'TYPE', 'pubsub');
    t.equal((await client.ended()).length, 0);
  });
});

t.test('MONITOR and tracking', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());

  t.test('MONITOR shows what the server does, and is told apart from replies', async (t) => {
    const pair = await twins.pair();
    await pair.same(t, ['MONITOR']);
    await twins.both('SET', 'seen', 'x');
    const [direct, proxied] = await Promise.all([pair.direct.replies(1), pair.proxied.replies(1)]);
    t.equal(withoutOrigin(proxied), withoutOrigin(direct));
    pair.close();
  });

  t.test('invalidations: default, broadcast, opt-in', async (t) => {
    const say = (pair: Pair, line: string): Promise<string> => pair.same(t, line.split(' '));
    for (const [on, before] of [
      ['CLIENT TRACKING on', ''],
      ['CLIENT TRACKING on BCAST PREFIX t: PREFIX u:', ''],
      ['CLIENT TRACKING on OPTIN', 'CLIENT CACHING yes'],
      ['CLIENT TRACKING on OPTOUT', ''],
    ] as const) {
      const pair = await twins.pair();
      await say(pair, 'HELLO 3');
      await say(pair, on);
      if (before !== '') await say(pair, before);
      await say(pair, 'GET t:1');
      await say(pair, 'CLIENT TRACKINGINFO');
      await twins.both('SET', 't:1', 'new');
      await pair.sameReplies(t, 1, `invalidation after ${on}`);
      await twins.both('FLUSHALL');
      await pair.sameReplies(t, 1, 'invalidation of everything');
      await say(pair, 'CLIENT TRACKING off');
      await say(pair, 'GET t:1');
      pair.close();
    }
  });

  t.test('redirected to another client of the proxy', async (t) => {
    const [listener, reader] = await Promise.all([twins.holdfast.client(), twins.holdfast.client()]);
    const id = (await listener.call('CLIENT', 'ID')).slice(1).trim();
    await listener.call('SUBSCRIBE', '__redis__:invalidate');
    t.equal(await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', id), '+OK\r\n');
    await reader.call('GET', 'redirected');
    await twins.behind.send('SET', 'redirected', '1');
    t.match((await listener.replies(1)).toString('latin1'), 'redirected');
    t.match(await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', '123456'), /^-ERR The client ID/);
    listener.close();
    reader.close();
    await until('the clients are gone', () => twins.holdfast.shard.clients.size === 0);
  });
});

/** Without time and address. */
function withoutOrigin(line: Buffer): string {
  return line.toString('latin1').replace(/^\+[\d.]+ \[(\d+) [^\]]+\]/, '[$1]');
}
