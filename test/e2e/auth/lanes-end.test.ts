import t from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { until } from '../../support/until.js';

/** Guesses of each of the 50 connections. */
const GUESSES = scaled(60, 200);

const USERS = ['app on >secret ~* &* +@all', 'other on >secret ~* &* +@all'];

t.test('lanes end with the clients that need them, and guessed passwords leave nothing behind', async (t) => {
  const server = await RedisServer.start({ users: USERS });
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id, { laneIdleMs: 20 });
  t.teardown(() => holdfast.stop());
  const { shard } = holdfast;
  const lanes = (): number => shard.upstreams('lane');

  t.test('users, databases and versions that nobody has any more', async (t) => {
    const stays = await holdfast.client();
    await stays.call('AUTH', 'app', 'secret');
    const client = await holdfast.client();
    for (let db = 0; db < 16; db++) await client.call('SELECT', String(db));
    await client.call('HELLO', '3', 'AUTH', 'other', 'secret');
    await client.call('MULTI');
    await client.call('EXEC');
    t.ok(lanes() > 0);
    client.close();
    await until('only the lanes in use and Holdfast’s own are left', () => lanes() === 2);
    await until('idle private links ended too', () => shard.upstreams('private') === 0);
    t.equal(await stays.call('ACL', 'WHOAMI'), '$3\r\napp\r\n');
    t.match(String(await server.send('CLIENT', 'LIST')), 'user=app');
    stays.close();
  });

  t.test(`${50 * GUESSES} wrong passwords over 50 connections`, async (t) => {
    const before = Number((await server.info('stats')).get('total_connections_received'));
    const guessers = await Promise.all(Array.from({ length: 50 }, () => holdfast.client()));
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, lanes());
    }, 1);
    const honest = await holdfast.client();
    t.equal(await honest.call('AUTH', 'app', 'secret'), '+OK\r\n');
    const guesses = guessers.map(async (guesser, index) => {
      guesser.send(
        Buffer.concat(Array.from({ length: GUESSES }, (_, at) => encodeCommand('AUTH', 'app', `${index}-${at}`))),
      );
      const replies = (await guesser.replies(GUESSES)).toString();
      return replies.split('\r\n').filter((line) => line.startsWith('-WRONGPASS')).length;
    });
    for (let at = 0; at < GUESSES; at++) t.equal(await honest.call('SET', 'honest', String(at)), '+OK\r\n');
    const refused = (await Promise.all(guesses)).reduce((sum, count) => sum + count, 0);
    clearInterval(watch);
    t.equal(refused, 50 * GUESSES, 'each was judged by the server');
    t.ok(most <= 64 + 3, `${most} connections at once`);
    t.ok(Number((await server.info('stats')).get('total_connections_received')) - before <= 50 * GUESSES + 100);
    for (const guesser of guessers) guesser.close();
    honest.close();
    await until('they are gone', () => lanes() <= 1);
    t.equal(shard.links?.count('lane'), lanes());
  });

  t.test('300 guessers at once: they take turns, and nobody waits for ever', async (t) => {
    const guessers = await Promise.all(Array.from({ length: 300 }, () => holdfast.client()));
    // The server keeps all of them waiting, so that they are there together.
    await server.freeze();
    const answers = Promise.all(
      guessers.map(async (guesser, at) => {
        // Some hang up while they wait for their turn.
        if (at % 7 === 3) {
          guesser.send(encodeCommand('AUTH', 'app', String(at)));
          guesser.close();
          return 'gone';
        }
        return guesser.call('AUTH', 'app', at % 5 === 0 ? 'secret' : String(at));
      }),
    );
    await until('all who stay wait', () => {
      return [...shard.clients.values()].filter(({ waitsFor }) => waitsFor !== 'nothing').length >= 257;
    });
    t.ok(lanes() <= 64 + 2, `${lanes()} connections at once`);
    server.resume();
    const found = await answers;
    t.ok(found.every((answer, at) => answer === 'gone' || answer.startsWith(at % 5 === 0 ? '+OK' : '-WRONGPASS')));
    for (const guesser of guessers) guesser.close();
    await until('they are gone', () => lanes() <= 1);
  });
});
