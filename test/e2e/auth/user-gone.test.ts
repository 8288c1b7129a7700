import t from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { Twins } from '../proxy/support/twins.js';

/** A user that may do anything, on both servers. */
const ANYTHING = ['on', '>secret', '~*', '&*', '+@all'] as const;

t.test('what becomes of clients whose user changes on the server, as without a proxy', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const { holdfast } = twins;
  const pairOf = async (user: string, password = 'secret') => {
    const pair = await twins.pair();
    await pair.same(t, ['AUTH', user, password]);
    t.teardown(() => pair.close());
    return pair;
  };

  t.test('a deleted user: idle clients, subscribers, blocked ones and open transactions end', async (t) => {
    await twins.both('ACL', 'SETUSER', 'gone', ...ANYTHING);
    await twins.both('ACL', 'SETUSER', 'stays', ...ANYTHING);
    const [idle, other, subscriber, blocked, transaction] = [
      await pairOf('gone'),
      await pairOf('stays'),
      await pairOf('gone'),
      await pairOf('gone'),
      await pairOf('gone'),
    ];
    await idle.same(t, ['SET', 'a', '1']);
    await other.same(t, ['GET', 'a']);
    await subscriber.same(t, ['SUBSCRIBE', 'news']);
    await transaction.same(t, ['MULTI']);
    blocked.send(['BLPOP', 'nothing', '0']);
    await until('it blocks on both', async () => {
      const [direct, behind] = await Promise.all([twins.direct.info('clients'), twins.behind.info('clients')]);
      return direct.get('blocked_clients') === '1' && behind.get('blocked_clients') === '1';
    });
    const closed = holdfast.shard.stats.closed['user-gone'];
    await twins.both('ACL', 'DELUSER', 'gone');
    for (const pair of [idle, subscriber, transaction]) await pair.sameEnd(t, 'the connection ends without a word');
    await blocked.direct.ended();
    t.match((await blocked.proxied.ended()).toString(), /^(-OUTCOMEUNKNOWN [^\r]+\r\n)?$/);
    await other.same(t, ['ACL', 'WHOAMI']);
    t.ok(holdfast.shard.stats.closed['user-gone'] > closed);
  });

  t.test('a user that deletes itself is told that it did', async (t) => {
    await twins.both('ACL', 'SETUSER', 'suicide', ...ANYTHING);
    const pair = await pairOf('suicide');
    pair.send(['ACL', 'DELUSER', 'suicide']);
    await pair.sameEnd(t, 'the reply, and the end');
  });

  t.test('a user that comes back with another password in the meantime', async (t) => {
    await twins.both('ACL', 'SETUSER', 'again', ...ANYTHING);
    const pair = await pairOf('again');
    await twins.both('ACL', 'DELUSER', 'again');
    await twins.both('ACL', 'SETUSER', 'again', 'on', '>other', '~*', '+@all');
    await pair.sameEnd(t, 'nobody goes on with the old one');
    const wrong = await twins.pair();
    await wrong.same(t, ['AUTH', 'again', 'secret']);
    await wrong.same(t, ['AUTH', 'again', 'other']);
    wrong.close();
  });

  t.test('new rules count from the next command on', async (t) => {
    await twins.both('ACL', 'SETUSER', 'rules', ...ANYTHING);
    const pair = await pairOf('rules');
    for (const [rule, ...words] of [
      ['-set', 'SET', 'a', '2'],
      ['+set', 'SET', 'a', '2'],
      ['resetkeys', 'GET', 'a'],
      ['~a', 'GET', 'a'],
      ['resetchannels', 'PUBLISH', 'c', 'x'],
      ['&c', 'SUBSCRIBE', 'c'],
      ['-@all', 'PING'],
    ] as const) {
      await twins.both('ACL', 'SETUSER', 'rules', rule);
      await pair.same(t, words);
    }
  });

  for (const change of [['resetpass', '>other'], ['off']]) {
    t.test(`ACL SETUSER … ${change.join(' ')}: who is in stays in, who comes is refused`, async (t) => {
      await twins.both('ACL', 'SETUSER', 'changed', 'reset', ...ANYTHING);
      const inside = await pairOf('changed');
      await inside.same(t, ['SET', 'x', '1']);
      await twins.both('ACL', 'SETUSER', 'changed', ...change);
      const outside = await twins.pair();
      await outside.same(t, ['AUTH', 'changed', 'secret']);
      await outside.same(t, ['GET', 'x']);
      await inside.same(t, ['GET', 'x']);
      await inside.same(t, ['ACL', 'WHOAMI']);
      outside.close();
    });
  }

  t.test('what a lane changes: a connection that has to be opened anew is judged anew', async (t) => {
    await twins.both('ACL', 'SETUSER', 'anew', ...ANYTHING);
    const client = await holdfast.client();
    t.equal(await client.call('AUTH', 'anew', 'secret'), '+OK\r\n');
    t.equal(await client.call('SET', 'x', '1'), '+OK\r\n');
    await twins.both('ACL', 'SETUSER', 'anew', 'resetpass', '>other');
    await twins.behind.send('CLIENT', 'KILL', 'USER', 'anew');
    t.equal((await client.ended()).length, 0, 'the lane broke and the password is another one by now');
  });

  t.test('a lane that breaks while its user is still welcome is opened again, and nobody notices', async (t) => {
    await twins.both('ACL', 'SETUSER', 'welcome', ...ANYTHING);
    const client = await holdfast.client();
    t.equal(await client.call('AUTH', 'welcome', 'secret'), '+OK\r\n');
    for (let round = 0; round < 5; round++) {
      await twins.behind.send('CLIENT', 'KILL', 'USER', 'welcome');
      await until('the lane is there again', async () => {
        return String(await twins.behind.send('CLIENT', 'LIST')).includes('user=welcome');
      });
      t.equal(await client.call('ACL', 'WHOAMI'), '$7\r\nwelcome\r\n');
    }
    client.close();
  });

  t.test('a pipeline of a user that is deleted in the middle of it', async (t) => {
    await twins.both('ACL', 'SETUSER', 'piped', ...ANYTHING);
    const client = await holdfast.client();
    const pipeline = [
      encodeCommand('AUTH', 'piped', 'secret'),
      encodeCommand('INCR', 'piped'),
      encodeCommand('ACL', 'DELUSER', 'piped'),
      ...Array.from({ length: 100 }, () => encodeCommand('INCR', 'piped')),
    ];
    client.send(Buffer.concat(pipeline));
    const end = (await client.ended()).toString();
    t.match(end, /^\+OK\r\n:1\r\n:1\r\n(-OUTCOMEUNKNOWN [^\r]+\r\n)*$/);
    t.equal(await twins.behind.send('GET', 'piped'), '1', 'nothing ran after the user was gone');
  });
});
