import t from 'tap';
import { encodeRequest } from '../../../src/resp/encode.js';
import {
  askingOnly,
  handshakeOf,
  INITIAL_IDENTITY,
  makeIdentity,
  userOf,
  type Identity,
} from '../../../src/session/identity.js';
import { requestedIdentity } from '../../../src/session/identity-command.js';
import { newSession } from '../../../src/session/session.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';

const bytes = (...args: readonly string[]): Buffer[] => args.map((arg) => Buffer.from(arg, 'latin1'));

/** What a request asks a Redis for, in words. */
function asked(current: Identity, ...args: readonly string[]): unknown {
  return askedBy(null, current, ...args);
}

function askedBy(onlyUser: string | null, current: Identity, ...args: readonly string[]): unknown {
  const request = requestedIdentity(current, bytes(...args), onlyUser);
  if (request === null) return null;
  const { auth, resp, db } = request.target;
  return {
    auth: auth?.map((part) => part.toString('latin1')) ?? null,
    resp,
    db,
    ...('name' in request && { name: request.name }),
  };
}

const ALICE = makeIdentity(bytes('alice', 'pw'), 3, 5);

await t.test('AUTH asks for other credentials and keeps the rest', async (t) => {
  t.same(asked(ALICE, 'AUTH', 'secret'), { auth: ['secret'], resp: 3, db: 5 });
  t.same(asked(ALICE, 'auth', 'bob', ''), { auth: ['bob', ''], resp: 3, db: 5 });
  for (const args of [['AUTH'], ['AUTH', 'a', 'b', 'c']]) t.equal(asked(ALICE, ...args), null, args.join(' '));
});

await t.test('SELECT asks for another database and keeps the rest', async (t) => {
  t.same(asked(ALICE, 'SELECT', '0'), { auth: ['alice', 'pw'], resp: 3, db: 0 });
  t.same(asked(ALICE, 'sElEcT', '15'), { auth: ['alice', 'pw'], resp: 3, db: 15 });
  for (const db of ['', '-1', '01', '+1', '1.0', 'x', ' 1', '9999999999'])
    t.equal(asked(ALICE, 'SELECT', db), null, db);
  t.equal(asked(ALICE, 'SELECT'), null);
  t.equal(asked(ALICE, 'SELECT', '1', '2'), null);
});

await t.test('HELLO asks for a version, and for whatever else it names', async (t) => {
  t.same(asked(ALICE, 'HELLO'), { auth: ['alice', 'pw'], resp: 3, db: 5 }, 'nothing changes');
  t.same(asked(ALICE, 'HELLO', '2'), { auth: ['alice', 'pw'], resp: 2, db: 5 });
  t.same(asked(INITIAL_IDENTITY, 'hello', '3'), { auth: null, resp: 3, db: 0 });
  t.same(asked(ALICE, 'HELLO', '3', 'AUTH', 'bob', 'x'), { auth: ['bob', 'x'], resp: 3, db: 5 });
  t.same(asked(ALICE, 'HELLO', '2', 'setname', 'me', 'auth', 'bob', 'x'), {
    auth: ['bob', 'x'],
    resp: 2,
    db: 5,
    name: 'me',
  });
  t.same(asked(ALICE, 'HELLO', '3', 'SETNAME', 'AUTH'), { auth: ['alice', 'pw'], resp: 3, db: 5, name: 'AUTH' });
  const malformed = [
    '1',
    '4',
    'x',
    '03',
    '',
    '3 AUTH',
    '3 AUTH bob',
    '3 SETNAME',
    '3 NOSUCH',
    '3 AUTH bob x NOSUCH',
    'AUTH bob x',
  ];
  for (const line of malformed) t.equal(asked(ALICE, 'HELLO', ...line.split(' ')), null, `HELLO ${line}`);
});

await t.test('HELLO of a Kvrocks names no user but one, who may be left out', async (t) => {
  const hello = (...args: readonly string[]): unknown => askedBy('default', ALICE, 'HELLO', ...args);
  t.same(hello('3'), { auth: ['alice', 'pw'], resp: 3, db: 5 });
  for (const words of [
    ['default', 'token'],
    ['default', 'token', 'SETNAME', 'me'],
    ['token'],
    ['token', 'SETNAME', 'me'],
  ]) {
    const name = words.includes('me') ? { name: 'me' } : {};
    t.same(hello('3', 'AUTH', ...words), { auth: ['token'], resp: 3, db: 5, ...name }, words.join(' '));
  }
  t.equal(hello('2', 'AUTH', 'bob', 'x'), null, 'the server will refuse him');
  t.equal(hello('2', 'AUTH'), null);
});

await t.test('what is no such command asks for nothing', async (t) => {
  t.equal(asked(ALICE, 'GET', 'k'), null);
  t.equal(requestedIdentity(ALICE, [], null), null);
});

await t.test('a lane is shared by equal identities and by nobody else', async (t) => {
  const identities = [
    INITIAL_IDENTITY,
    makeIdentity(null, 3, 0),
    askingOnly(makeIdentity(null, 3, 0)),
    makeIdentity(null, 2, 1),
    makeIdentity(null, 2, 11),
    makeIdentity(null, 2, 0, 1),
    makeIdentity(null, 2, 0, 11),
    makeIdentity(bytes(''), 2, 0),
    makeIdentity(bytes('-'), 2, 0),
    makeIdentity(bytes('a'), 2, 0),
    makeIdentity(bytes('a', ''), 2, 0),
    makeIdentity(bytes('', 'a'), 2, 0),
    makeIdentity(bytes('a', 'b'), 2, 0),
    makeIdentity(bytes('a:b'), 2, 0),
    makeIdentity(bytes('ab'), 2, 0),
    makeIdentity(bytes('default', 'a'), 2, 0),
    makeIdentity(bytes('\xff'), 2, 0),
    makeIdentity([Buffer.from('\xff', 'utf8')], 2, 0),
  ];
  t.equal(new Set(identities.map(({ key }) => key)).size, identities.length, 'all keys differ');
  t.equal(makeIdentity(bytes('alice', 'pw'), 3, 5).key, ALICE.key);
  t.not(makeIdentity(bytes('alice', 'PW'), 3, 5).key, ALICE.key, 'another password is another identity');
  t.notMatch(JSON.stringify(makeIdentity(bytes('secret'), 2, 0).key), /secret/, 'and is not readable in the key');
});

await t.test('the user of an identity', async (t) => {
  t.equal(userOf(INITIAL_IDENTITY), 'default');
  t.equal(userOf(makeIdentity(bytes('password'), 2, 0)), 'default', 'a password alone is no name');
  t.equal(userOf(ALICE), 'alice');
  t.equal(newSession(ALICE).identity, ALICE);
  t.not(newSession(ALICE), newSession(ALICE));
});

await t.test('a handshake asks for what differs from a fresh connection', async (t) => {
  const text = (identity: Identity): string[] => handshakeOf(identity).map((each) => each.toString('latin1'));
  t.same(text(INITIAL_IDENTITY), []);
  t.same(text(makeIdentity(null, 3, 0)), [encodeRequest(['HELLO', '3']).toString()]);
  t.same(
    text(ALICE),
    [
      ['AUTH', 'alice', 'pw'],
      ['HELLO', '3'],
      ['SELECT', '5'],
    ].map((args) => encodeRequest(args).toString()),
    'AUTH first: the rest may need it',
  );
});

await t.test('a handshake makes a real connection what it says', async (t) => {
  const server = await RedisServer.start({ requirepass: 'secret', users: ['alice on >pw ~* &* +@all'] });
  t.teardown(() => server.dispose());
  for (const identity of [makeIdentity(bytes('secret'), 2, 3), ALICE, makeIdentity(bytes('default', 'secret'), 3, 0)]) {
    const client = await RawClient.connect(server);
    const requests = handshakeOf(identity);
    client.send(Buffer.concat(requests));
    t.notMatch((await client.replies(requests.length)).toString('latin1'), /^-/m);
    const info = await client.call('CLIENT', 'INFO');
    t.match(info, new RegExp(` db=${identity.db} .*user=${userOf(identity)} .*resp=${identity.resp}`));
    client.close();
  }
});
