import t, { type Test } from 'tap';
import { NodeConnection, type NodeCredentials } from '../../../src/control/node-connection.js';
import { freePort } from '../../support/free-port.js';
import { RedisServer, type RedisServerOptions } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const PATIENCE_MS = 10_000;

/** For what is meant to time out. */
const SHORT_MS = 20;

async function startWith(t: Test, options: RedisServerOptions, credentials: NodeCredentials) {
  const server = await RedisServer.start(options);
  const connection = new NodeConnection(server.id, credentials);
  t.teardown(() => server.dispose());
  t.teardown(() => connection.close());
  return { server, connection };
}

void t.test('a server that is not there: unsent, by name', async (t) => {
  const connection = new NodeConnection(`127.0.0.1:${await freePort()}`);
  const refused = { name: 'NodeError', kind: 'unsent', message: `${connection.node}: connection refused` };
  await t.rejects(connection.call(['PING'], PATIENCE_MS), {
    name: 'NodeError',
    kind: 'unsent',
    message: /not connected/,
  });
  await t.rejects(connection.connect(PATIENCE_MS), refused);
  await t.rejects(connection.call(['PING'], PATIENCE_MS), refused, 'the reason is kept');
});

void t.test('a host that has no address: unsent, by name', async (t) => {
  const connection = new NodeConnection('no-such-host.invalid:6379');
  await t.rejects(connection.connect(PATIENCE_MS), { name: 'NodeError', kind: 'unsent', message: /host name/ });
});

void t.test('credentials: taken or refused in the words of the server', async (t) => {
  const { server, connection } = await startWith(
    t,
    { requirepass: 'secret', users: ['proxy on >other ~* &* +@all'] },
    { username: 'proxy', password: 'other' },
  );
  await connection.connect(PATIENCE_MS);
  t.equal(await connection.call(['ACL', 'WHOAMI'], PATIENCE_MS), 'proxy');
  t.equal(await connection.call(['CLIENT', 'GETNAME'], PATIENCE_MS), 'holdfast');

  for (const [credentials, code] of [
    [{ password: 'wrong' }, 'WRONGPASS'],
    [{ username: 'nobody', password: 'other' }, 'WRONGPASS'],
    [{}, 'NOAUTH'],
  ] as const) {
    const other = new NodeConnection(server.id, credentials);
    await t.rejects(other.connect(PATIENCE_MS), {
      name: 'NodeError',
      kind: 'refused',
      code,
      message: new RegExp(`${server.id}: ${code} `),
    });
    await t.rejects(
      other.call(['PING'], PATIENCE_MS),
      { name: 'NodeError', kind: 'unsent' },
      'and there is no connection',
    );
  }
});

void t.test('an error of the server: refused, with its code and words', async (t) => {
  const { connection } = await startWith(t, {}, {});
  await connection.connect(PATIENCE_MS);
  await connection.call(['SET', 'key', 'value'], PATIENCE_MS);
  await t.rejects(connection.call(['LPUSH', 'key', 'x'], PATIENCE_MS), {
    name: 'NodeError',
    kind: 'refused',
    code: 'WRONGTYPE',
    message: /WRONGTYPE Operation against a key/,
  });
  const replies = await connection.pipeline(
    [
      ['GET', 'key'],
      ['LPUSH', 'key', 'x'],
      ['INCR', 'n'],
    ],
    PATIENCE_MS,
  );
  t.match(replies, ['value', { kind: 'refused', code: 'WRONGTYPE' }, 1], 'one refusal does not spoil its neighbours');
});

void t.test('a frozen server: unknown, and the command has run once when it goes on', async (t) => {
  const { server, connection } = await startWith(t, {}, {});
  await connection.connect(PATIENCE_MS);
  await server.freeze();
  await t.rejects(connection.call(['INCR', 'n'], SHORT_MS), {
    name: 'NodeError',
    kind: 'unknown',
    message: /no answer to INCR within 20 ms/,
  });
  server.resume();
  t.equal(await connection.call(['GET', 'n'], PATIENCE_MS), '1', 'asked behind it, on the same connection');
});

void t.test('a connection that is silent twice in a row is given up, and dialled again when told to', async (t) => {
  const { server, connection } = await startWith(t, {}, {});
  await connection.connect(PATIENCE_MS);
  await server.freeze();
  await t.rejects(connection.call(['INCR', 'n'], SHORT_MS), { name: 'NodeError', kind: 'unknown' });
  await t.rejects(connection.call(['PING'], SHORT_MS), { name: 'NodeError', kind: 'unknown' });
  await t.rejects(connection.call(['PING'], SHORT_MS), {
    name: 'NodeError',
    kind: 'unsent',
    message: /stopped answering/,
  });
  await t.rejects(connection.connect(SHORT_MS), { name: 'NodeError', kind: 'unsent', message: /within 20 ms/ });
  server.resume();
  await connection.connect(PATIENCE_MS);
  await until('the command of the old connection has run', async () => (await server.send('GET', 'n')) === '1');
  t.equal(await connection.call(['GET', 'n'], PATIENCE_MS), '1', 'it was not sent again');
});

void t.test('a server that dies before it answers: unknown at once, then unsent', async (t) => {
  const { server, connection } = await startWith(t, {}, {});
  await connection.connect(PATIENCE_MS);
  await server.freeze();
  const answer = connection.pipeline(
    [
      ['INCR', 'n'],
      ['GET', 'n'],
    ],
    PATIENCE_MS,
  );
  const rejected = t.rejects(answer, {
    name: 'NodeError',
    kind: 'unknown',
    message: /broke before the answer to INCR, GET/,
  });
  await server.kill();
  await rejected;
  await t.rejects(connection.call(['PING'], PATIENCE_MS), { name: 'NodeError', kind: 'unsent' });

  await server.restart();
  await t.rejects(
    connection.call(['PING'], PATIENCE_MS),
    { name: 'NodeError', kind: 'unsent' },
    'it does not dial by itself',
  );
  await connection.connect(PATIENCE_MS);
  t.equal(await connection.call(['EXISTS', 'n'], PATIENCE_MS), 0, 'and resends nothing');
});

void t.test('a server that answers a part and goes: the whole is unknown', async (t) => {
  const { server, connection } = await startWith(t, {}, {});
  await connection.connect(PATIENCE_MS);
  const commands = [
    ['INCR', 'n'],
    ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no'],
    ['INCR', 'n'],
  ];
  await t.rejects(connection.pipeline(commands, PATIENCE_MS), { name: 'NodeError', kind: 'unknown' });
  t.equal(await server.send('GET', 'n'), '1');
});

void t.test('a connection closed by us: commands in flight are unknown', async (t) => {
  const { server, connection } = await startWith(t, {}, {});
  await connection.connect(PATIENCE_MS);
  await server.freeze();
  const rejected = t.rejects(connection.call(['PING'], PATIENCE_MS), { name: 'NodeError', kind: 'unknown' });
  connection.close();
  await rejected;
});

void t.test('callers that connect at the same time share one dial', async (t) => {
  const { server, connection } = await startWith(t, {}, {});
  const greetings = await Promise.all([1, 2, 3].map(() => connection.connect(PATIENCE_MS)));
  t.equal(new Set(greetings).size, 1);
  const list = String(await server.send('CLIENT', 'LIST'));
  t.equal(list.split('\n').filter((line) => line.includes(' name=holdfast ')).length, 1);
});
