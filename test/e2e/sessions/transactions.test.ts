import t from 'tap';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { Pair, seededRandom, type Asserts, type Cut } from '../proxy/support/twins.js';

const ROUNDS = scaled(25, 50);
/** Talks that a switchover interrupts, and those that go on whatever happens. */
const INTERRUPTED = scaled(12, 50);
const BESIDE = 3;

const USERS = [
  'app on >secret ~* &* +@all',
  'reader on >x ~* &* +@all -@write',
  'nomulti on >x ~* &* +@all -multi',
  'nodiscard on >x ~* &* +@all -discard',
  'noexec on >x ~* &* +@all -exec',
];

/** Conversations; `%` stands for a key of one's own, `_` inside a word for a blank. */
const TALKS: readonly (readonly (readonly string[])[])[] = [
  'MULTI | SET % 1 | INCR % | GET % | EXEC | GET %',
  'SET % x | MULTI | LPUSH % a | INCR % | HSET %:h f 1 | HGETALL %:h | EXEC | GET %',
  'MULTI | NOSUCH | INCR % | EXEC | GET %',
  'MULTI | INCR % | SET % | INCR % | EXEC | GET %',
  'MULTI | INCR % | DISCARD | GET % | EXEC | DISCARD',
  'MULTI | INCR % | MULTI | INCR % | EXEC | GET %',
  'MULTI | INCR % | WATCH % | INCR % | EXEC | GET %',
  'MULTI | EXEC | MULTI | DISCARD | EXEC',
  'MULTI | BLPOP % 0 | BZPOPMIN % 0 | XREAD BLOCK 0 STREAMS % $ | RPUSH % x | BLPOP % 0 | BRPOP % 1 | EXEC',
  'MULTI | EVAL return_redis.call("incr",KEYS[1]) 1 % | EVAL return_redis.error_reply("MY_ERR") 0 | SCRIPT LOAD return_"%" | EXEC | GET %',
  'MULTI | EVAL oops( 0 | INCR % | EXEC | MULTI | FCALL nope 0 | PUBLISH % x | PFADD %:p a | PFCOUNT %:p | EXEC',
  'MULTI | SELECT 3 | SET % three | SELECT 99 | GET % | EXEC | GET % | SELECT 0 | GET %',
  'SELECT 4 | MULTI | INCR % | SELECT 5 | INCR % | DISCARD | GET % | MULTI | INCR % | EXEC | SELECT 0 | GET %',
  'MULTI | AUTH app secret | ACL WHOAMI | AUTH app wrong | EXEC | ACL WHOAMI | SET % 1',
  'MULTI | GET % | HELLO 3 | GET % | EXEC | GET % | MULTI | HGETALL % | EXEC',
  'MULTI | HELLO 3 AUTH app secret SETNAME % | EXEC | CLIENT GETNAME | ACL WHOAMI | GET %',
  'MULTI | UNWATCH | INCR % | EXEC | UNWATCH | GET %',
  'MULTI | CLIENT SETNAME % | CLIENT GETNAME | GET % | EXEC | CLIENT GETNAME',
  'MULTI | CLIENT NO-EVICT on | READONLY | INCR % | EXEC | CLIENT NO-EVICT off | READWRITE | ASKING | GET %',
  'MULTI x | EXEC x | DISCARD x | MULTI | EXEC x | MULTI | DISCARD x | INCR % | EXEC | GET %',
  'MULTI | PING | ECHO % | RESET | GET % | EXEC',
  'AUTH app secret | SELECT 2 | MULTI | SET % 1 | EXEC | GET % | ACL WHOAMI',
  'AUTH reader x | MULTI | GET % | SET % 1 | GET % | EXEC | MULTI | GET % | EXEC',
  'AUTH nomulti x | MULTI | INCR % | INCR % | EXEC | GET %',
  'AUTH nodiscard x | MULTI | INCR % | DISCARD | INCR % | EXEC | GET % | MULTI | INCR % | EXEC',
  'AUTH noexec x | MULTI | INCR % | EXEC | GET %',
].map((talk) => talk.split(' | ').map((line) => line.split(' ')));

void t.test('a switchover between any two commands of a transaction changes no reply', async (t) => {
  const stage = await startStage(t, { replicas: 1, users: USERS, flags: ['--lanes=3'] });
  const { holdfast } = stage;
  const direct = await RedisServer.start({ users: USERS });
  t.teardown(() => direct.dispose());
  const random = seededRandom(11);
  const pick = (below: number): number => Math.floor(random() * below);
  const surprises: string[] = [];
  const asserts: Asserts = {
    equal: (found, wanted, message) => {
      if (found !== wanted) surprises.push(JSON.stringify([message, found, wanted]));
      return found === wanted;
    },
  };
  let keys = 0;

  const begin = async (): Promise<Pair> => {
    const proxied = await holdfast.client();
    const pair = new Pair(await RawClient.connect(direct), proxied);
    // RESP3 in every other conversation.
    if (keys % 2 === 1) await pair.same(asserts, ['HELLO', '3']);
    return pair;
  };
  const withKey = (talk: readonly (readonly string[])[]): readonly (readonly string[])[] => {
    const key = `key:${keys++}`;
    return talk.map((words) => words.map((word) => word.replaceAll('_', ' ').replaceAll('%', key)));
  };
  const say = (pair: Pair, lines: readonly (readonly string[])[], cut: Cut): Promise<void> =>
    lines.length === 0 ? Promise.resolve() : pair.converse(asserts, lines, cut, random);

  /** Says the first part of many talks; @returns what says the rest. */
  const halves = async (): Promise<() => Promise<void>> => {
    const rests = Array.from({ length: INTERRUPTED }, async () => {
      const pair = await begin();
      const lines = withKey(TALKS[pick(TALKS.length)] ?? []);
      const at = pick(lines.length + 1);
      await say(pair, lines.slice(0, at), pick(2) === 0 ? 'alone' : 'pipelined');
      return async (): Promise<void> => {
        await say(pair, lines.slice(at), pick(2) === 0 ? 'alone' : 'at-random');
        pair.close();
      };
    });
    const all = await Promise.all(rests);
    return async () => {
      await Promise.all(all.map((rest) => rest()));
    };
  };

  let running = true;
  let whole = 0;
  const beside = Array.from({ length: BESIDE }, async () => {
    while (running && surprises.length === 0) {
      const pair = await begin();
      await say(pair, withKey(TALKS[pick(TALKS.length)] ?? []), pick(2) === 0 ? 'alone' : 'at-random');
      pair.close();
      whole++;
    }
  });

  let rest = await halves();
  await switchRounds(t, stage, ROUNDS, async (round) => {
    if (round > 0) {
      await rest();
      rest = await halves();
    }
    await until('some talks are over', () => whole > round || surprises.length > 0);
  });
  await rest();
  running = false;
  await Promise.all(beside);
  t.same(surprises.slice(0, 5), []);
  t.ok(whole >= ROUNDS);
});
