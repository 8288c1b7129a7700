import t from 'tap';
import type { RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { sendLines, startLoadedStage } from './support/loaded-stage.js';

const ROUNDS = scaled(25, 50);
const USERS = ['app on >secret ~* &* +@all'];

void t.test('database, user, RESP version and names', async (t) => {
  const { stage, written, connect } = await startLoadedStage(t, { users: USERS });
  const [plain, named, locked] = await connect(3);
  if (plain === undefined || named === undefined || locked === undefined) return;
  await plain.call('SELECT', '3');
  await plain.call('CLIENT', 'SETNAME', 'plain');
  await named.call('HELLO', '3', 'AUTH', 'app', 'secret', 'SETNAME', 'named');
  await named.call('SELECT', '5');
  // With a connection of its own, which goes to another database and user while it watches.
  sendLines(locked, 'WATCH w', 'AUTH app secret', 'SELECT 7');
  await locked.replies(3);
  const answers: Record<string, number> = {};
  const note = async (client: RawClient, ...words: readonly string[]): Promise<void> => {
    const line = `${words.join(' ')}: ${await client.call(...words)}`;
    answers[line] = (answers[line] ?? 0) + 1;
  };
  const ask = async (): Promise<void> => {
    await written();
    for (const client of [plain, named, locked]) await note(client, 'ACL', 'WHOAMI');
    for (const client of [plain, named]) await note(client, 'CLIENT', 'GETNAME');
    await note(named, 'GET', 'nope');
    await note(named, 'HGETALL', 'nope');
    await named.call('INCR', 'in:5');
    await plain.call('INCR', 'in:3');
    await note(locked, 'APPEND', 'in:7', '');
    const infos = [await named.call('CLIENT', 'INFO'), await plain.call('CLIENT', 'INFO')];
    t.match(infos[0], / db=5 .* user=app .* resp=3 /);
    t.match(infos[1], / name=plain .* db=3 .* user=default .* resp=2 /);
  };
  const last = await switchRounds(t, stage, ROUNDS, ask);
  const times = (line: string): number => answers[line] ?? 0;
  t.equal(times('CLIENT GETNAME: $5\r\nplain\r\n'), ROUNDS);
  t.equal(times('CLIENT GETNAME: $5\r\nnamed\r\n'), ROUNDS);
  t.equal(times('ACL WHOAMI: $7\r\ndefault\r\n'), ROUNDS);
  t.equal(times('ACL WHOAMI: $3\r\napp\r\n'), 2 * ROUNDS);
  t.equal(times('GET nope: _\r\n'), ROUNDS);
  t.equal(times('HGETALL nope: %0\r\n'), ROUNDS);
  t.equal(times('APPEND in:7 : :0\r\n'), ROUNDS);
  t.equal(await locked.call('MULTI'), '+OK\r\n');
  t.equal(await locked.call('EXEC'), '*-1\r\n', 'the watched key may have changed unseen');
  const databases = await last.info('keyspace');
  t.ok(
    ['db3', 'db5'].every((db) => databases.has(db)),
    'each in its database',
  );
});

void t.test('modes of a connection are those of its client alone, on each master', async (t) => {
  const { stage, written, connect } = await startLoadedStage(t, { users: USERS });
  const [moded, other] = await connect(2);
  if (moded === undefined || other === undefined) return;
  const privates = (): Promise<number> => stage.holdfast.metric('holdfast_upstreams{kind="private"}');
  t.equal(await moded.call('CLIENT', 'NO-EVICT', 'on'), '+OK\r\n');
  t.equal(await other.call('CLIENT', 'NO-EVICT', 'off'), '+OK\r\n');
  t.match(await other.call('READONLY'), /^-ERR This instance has cluster support disabled/);
  t.match(await other.call('ASKING'), /^-ERR This instance has cluster support disabled/);
  const spared: number[] = [];
  let at = 0;
  await switchRounds(t, stage, ROUNDS, async () => {
    await written();
    await moded.call('SET', 'm', '1');
    const master = stage.shard.server(stage.shard.ids[at % 2] ?? '');
    at++;
    const list = String(await master.send('CLIENT', 'LIST', 'TYPE', 'normal'));
    spared.push(list.split('\n').filter((line) => / flags=\w*e/.test(line)).length);
  });
  t.same(new Set(spared), new Set([1]), 'one connection, the client’s own, on the master of the moment');
  const before = await privates();
  t.equal(await moded.call('CLIENT', 'NO-EVICT', 'off'), '+OK\r\n');
  t.equal(await moded.call('GET', 'm'), '$1\r\n1\r\n');
  t.match(await moded.call('CLIENT', 'NO-EVICT', 'maybe'), /^-ERR/);
  t.ok((await privates()) <= before);
});
