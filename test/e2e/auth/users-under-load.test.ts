import t from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { SeededRandom } from '../../unit/resp/seeded-random.js';

const USERS = 10;
const CONNECTIONS = scaled(20, 100);
const ROUNDS = scaled(8, 50);

const rule = (user: number): string => `u${user} on >p${user} ~u${user}:* &* +@all`;

t.test('ten users on many connections that change their user all the time, while the master moves', async (t) => {
  const stage = await startStage(t, {
    replicas: 1,
    users: Array.from({ length: USERS }, (_, user) => rule(user)),
    config: { 'acllog-max-len': '100000' },
  });
  const { shard } = stage;
  const counts = new Map<string, number>();
  const surprises: string[] = [];
  let batches = 0;
  let running = true;

  const check = (what: string, found: string | undefined, wanted: string | RegExp): void => {
    if (typeof wanted === 'string' ? found !== wanted : !wanted.test(found ?? '')) {
      surprises.push(`${what}: ${JSON.stringify(found)} instead of ${String(wanted)}`);
    }
  };

  /** One pipeline: somebody logs in, does what he may and what he may not, fails to become another, and says who he is. */
  const batch = async (client: RawClient, connection: number, random: SeededRandom): Promise<void> => {
    const user = random.below(USERS);
    const other = (user + 1 + random.below(USERS - 1)) % USERS;
    const key = `u${user}:${connection}`;
    const login = random.pick([
      ['AUTH', `u${user}`, `p${user}`],
      ['HELLO', '2', 'AUTH', `u${user}`, `p${user}`],
    ]);
    const inMulti = random.below(3) === 0;
    const requests = [
      login,
      ['INCR', key],
      ['SET', `u${other}:stolen`, key],
      ['AUTH', `u${other}`, `p${user}`],
      ...(inMulti ? [['MULTI'], ['INCR', key], ['EXEC']] : [['INCR', key]]),
      ['ACL', 'WHOAMI'],
    ];
    client.send(Buffer.concat(requests.map((request) => encodeCommand(...request))));
    const replies: string[] = [];
    for (const request of requests) {
      replies.push((await client.replies(1)).toString());
      if (replies.at(-1) === undefined) surprises.push(`no reply to ${request.join(' ')}`);
    }
    const before = counts.get(key) ?? 0;
    counts.set(key, before + 2);
    check('login', replies[0], login[0] === 'AUTH' ? '+OK\r\n' : /^\*14\r\n/);
    check('own key', replies[1], `:${before + 1}\r\n`);
    check("another's key", replies[2], /^-NOPERM /);
    check("another's password", replies[3], /^-WRONGPASS /);
    check('own key again', replies.at(-2), inMulti ? `*1\r\n:${before + 2}\r\n` : `:${before + 2}\r\n`);
    check('who am I', replies.at(-1), `$2\r\nu${user}\r\n`);
    batches++;
  };

  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => stage.holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  const work = clients.map(async (client, connection) => {
    const random = new SeededRandom(connection);
    while (running) await batch(client, connection, random);
  });
  const last = await switchRounds(t, stage, ROUNDS, async () => {
    const enough = batches + CONNECTIONS;
    await until('more has been done', () => batches >= enough || surprises.length > 0);
  });
  running = false;
  await Promise.all(work);

  t.same(surprises.slice(0, 10), [], `${batches} pipelines`);
  let wrong = 0;
  for (const [key, count] of counts) if (String(await last.send('GET', key)) !== String(count)) wrong++;
  t.equal(wrong, 0, `${counts.size} counters are what was acknowledged`);
  t.same(await last.send('KEYS', '*stolen'), [], 'nobody wrote what only others may');
  let entries = 0;
  for (const server of shard.servers) {
    for (const entry of (await server.send('ACL', 'LOG', '100000')) as readonly (readonly unknown[])[]) {
      const field = (name: string): string => String(entry[entry.indexOf(name) + 1]);
      entries++;
      if (field('reason') === 'auth') continue;
      if (field('reason') !== 'key' || field('object').startsWith(`${field('username')}:`)) {
        t.fail(`${field('username')} was refused ${field('reason')} ${field('object')}`);
      }
    }
  }
  t.ok(entries > 0, `${entries} entries in the logs of the servers name the right user`);
});
