import t from 'tap';
import { DOWN, fakeClient, fakeNode, fakeReport, fakeStatus, MASTER, REPLICA } from './fake-ports.js';
import { startTestPort } from './admin-port.js';

/** A reply of the admin port to one inline command. */
type Ask = (line: string) => Promise<string>;

async function port(t: Parameters<typeof startTestPort>[0], options: Parameters<typeof startTestPort>[1] = {}) {
  const server = await startTestPort(t, options);
  const client = await server.connect();
  const ask: Ask = async (line) => {
    client.send(`${line}\r\n`);
    return (await client.replies(1)).toString();
  };
  return { ...server, client, ask };
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

await t.test('SWITCHOVER hands over each option and answers with the figures in their order', async (t) => {
  const { shard, ask } = await port(t);
  const fields = [
    ['id', 'sw-1'],
    ['outcome', 'switched'],
    ['old_master', MASTER],
    ['new_master', REPLICA],
    ['epoch', 8],
    ['stall_us', 1500],
    ['predicted_stall_us', 1400],
    ['drain_us', 100],
    ['fence_us', 200],
    ['catchup_us', 300],
    ['promote_us', 400],
    ['redirect_us', 50],
    ['offset', 5000],
    ['offset_gap', 0],
    ['held_clients', 12],
    ['held_commands', 13],
  ] as const;
  const encoded = fields.map(([key, value]) => bulk(key) + (typeof value === 'number' ? `:${value}\r\n` : bulk(value)));
  const resync = bulk(MASTER) + bulk('partial') + bulk(DOWN) + bulk('pending');
  const tail = `${bulk('settled')}${bulk('no')}${bulk('notes')}*0\r\n${bulk('kind')}${bulk('switchover')}`;
  t.equal(await ask('SWITCHOVER'), `*40\r\n${encoded.join('')}${bulk('resync')}*4\r\n${resync}${tail}`, 'RESP2: flat');
  await ask('HELLO 3');
  const all = await ask('switchover to 127.0.0.1 7002 dryrun force synctimeout 50 pausetimeout 700');
  t.equal(all, `%20\r\n${encoded.join('')}${bulk('resync')}%2\r\n${resync}${tail}`, 'RESP3: maps');
  t.same(shard.requests, [
    {},
    { to: REPLICA, dryRun: true, forceOnTimeout: true, syncTimeoutMs: 50, pauseTimeoutMs: 700 },
  ]);
});

await t.test('SWITCHOVER names nodes with one spelling', async (t) => {
  const { shard, ask } = await port(t);
  for (const target of ['::1 6379', '[::1] 6379', 'Redis-1 6379']) await ask(`SWITCHOVER TO ${target}`);
  t.same(
    shard.requests.map((request) => request.to),
    ['[::1]:6379', '[::1]:6379', 'redis-1:6379'],
  );
});

await t.test('SWITCHOVER that did not happen says why in a way that a script can read', async (t) => {
  const { shard, ask } = await port(t);
  const cases = [
    ['refused', 'lagging', '-REFUSED lagging too far behind\r\n'],
    ['refused', 'in-progress', '-INPROGRESS too far behind\r\n'],
    ['aborted', 'drain-timeout', '-ABORTED drain-timeout too far behind\r\n'],
    ['unresolved', 'roles-unknown', '-UNRESOLVED roles-unknown too far behind\r\n'],
  ] as const;
  for (const [outcome, reason, expected] of cases) {
    shard.report = fakeReport({ outcome, reason, sentence: 'too far\r\nbehind' });
    t.equal(await ask('SWITCHOVER'), expected);
  }
  shard.report = fakeReport({ outcome: 'would-switch' });
  t.match(await ask('SWITCHOVER DRYRUN'), bulk('would-switch'));
});

await t.test('wrong arguments are named, with the usage, and nothing is started', async (t) => {
  const { shard, ask } = await port(t);
  const usage = 'Usage: SWITCHOVER [TO host port] [DRYRUN] [FORCE] [SYNCTIMEOUT ms] [PAUSETIMEOUT ms] [UNPLANNED]\r\n';
  const number = 'must be a whole number of';
  const cases = [
    ['TO', 'host is missing'],
    ['TO 127.0.0.1', 'port is missing'],
    ['TO 127.0.0.1 0', `port ${number} a TCP port from 1 to 65535, not '0'`],
    ['TO 127.0.0.1 65536', `port ${number} a TCP port from 1 to 65535, not '65536'`],
    ['SYNCTIMEOUT', 'SYNCTIMEOUT is missing'],
    ['SYNCTIMEOUT x', `SYNCTIMEOUT ${number} milliseconds from 1 to 600000, not 'x'`],
    ['SYNCTIMEOUT 1.5', `SYNCTIMEOUT ${number} milliseconds from 1 to 600000, not '1.5'`],
    ['PAUSETIMEOUT 0', `PAUSETIMEOUT ${number} milliseconds from 1 to 600000, not '0'`],
    ['NOW', "'NOW' is not an option"],
    ['FORCE FORCE', 'FORCE is given twice'],
  ] as const;
  for (const [args, problem] of cases) {
    t.equal(await ask(`SWITCHOVER ${args}`), `-ERR SWITCHOVER: ${problem}. ${usage}`, args);
  }
  t.match(await ask('HOLD x'), /^-ERR HOLD: ms must be .* not 'x'\. Usage: HOLD \[ms\]\r\n$/);
  t.match(await ask('HOLD 1 2'), /one argument too many/);
  t.match(await ask('HOLD 60001'), /^-ERR HOLD: ms/);
  t.match(await ask('HISTORY 0'), /^-ERR HISTORY: n/);
  t.match(await ask('STATUS x'), /^-ERR wrong number of arguments for 'status' command\. Usage: STATUS\r\n$/);
  t.match(await ask('CONFIG GET'), /^-ERR wrong number of arguments for 'config\|get' command\. Usage: CONFIG GET/);
  t.match(await ask('CONFIG'), /^-ERR wrong number of arguments for 'config'/);
  t.match(await ask('CLIENT NOSUCH'), /^-ERR unknown subcommand 'NOSUCH'/);
  t.equal(await ask('NOSUCH a b'), "-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' \r\n");
  t.same([shard.requests, shard.holds], [[], []]);
});

await t.test('HOLD and RELEASE close and open the gate by hand', async (t) => {
  const { shard, ask } = await port(t);
  t.equal(await ask('RELEASE'), '-ERR No hold in progress.\r\n');
  t.equal(await ask('HOLD 250'), '+OK\r\n');
  t.equal(await ask('HOLD'), '+OK\r\n', 'again: longer');
  t.equal(await ask('RELEASE'), '+OK\r\n');
  t.same(shard.holds, [250, 4000]);
});

await t.test('STATUS, NODES and HISTORY show what there is', async (t) => {
  const { shard, ask } = await port(t);
  shard.status = fakeStatus({
    state: 'settling',
    epoch: 9,
    unsettled: [{ node: MASTER, why: 'timed out' }],
    alarms: ['demotion-pending'],
  });
  shard.gateHolders = ['hand'];
  shard.history = ['a', 'b', 'c'].map((id) => fakeReport({ id }));
  await ask('HELLO 3');
  const status = await ask('STATUS');
  for (const [key, value] of [
    ['version', '1.2.3'],
    ['master', MASTER],
    ['state', 'settling'],
    ['gate', 'closed'],
    ['last_id', 'c'],
  ] as const) {
    t.match(status, bulk(key) + bulk(value));
  }
  t.match(status, `${bulk('unsettled')}%1\r\n${bulk(MASTER)}${bulk('timed out')}`);
  t.match(status, `${bulk('gate_holders')}*1\r\n${bulk('hand')}`);
  const nodes = await ask('NODES');
  t.match(nodes, /^\*3\r\n%10\r\n/);
  t.match(nodes, bulk('problem') + bulk('connection refused'));
  const history = await ask('HISTORY 2');
  t.match(history, /^\*2\r\n%23\r\n/);
  t.ok(history.indexOf(bulk('c')) < history.indexOf(bulk('b')), 'newest first');
  t.notMatch(history, bulk('a'));
});

await t.test('ROLE and INFO replication speak of the master that is served', async (t) => {
  const { shard, ask } = await port(t);
  const replica = bulk('127.0.0.1') + bulk('7002') + bulk('4986');
  t.equal(await ask('ROLE'), `*3\r\n${bulk('master')}:5000\r\n*1\r\n*3\r\n${replica}`);
  const info = await ask('INFO replication');
  t.match(info, '# Replication\r\nrole:master\r\nconnected_slaves:1\r\n');
  t.match(info, 'slave0:ip=127.0.0.1,port=7002,state=online,offset=4986,lag=0\r\n');
  t.match(info, 'master_failover_state:no-failover\r\nmaster_repl_offset:5000\r\n');
  shard.master = null;
  shard.problem = 'two nodes say that they are masters';
  t.equal(await ask('ROLE'), '-MASTERDOWN two nodes say that they are masters\r\n');
});

await t.test('INFO has its sections, alone and together, and answers unknown ones with nothing', async (t) => {
  const { ask, shard } = await port(t);
  shard.clients = [fakeClient(), fakeClient({ waitsFor: 'blocked' })];
  const sections = (info: string): string[] => [...info.matchAll(/^# (\w+)/gm)].map((match) => match[1] ?? '');
  t.same(sections(await ask('INFO')), ['Server', 'Clients', 'Stats', 'Replication', 'Holdfast']);
  t.same(sections(await ask('INFO everything')), ['Server', 'Clients', 'Stats', 'Replication', 'Holdfast']);
  t.same(sections(await ask('INFO CLIENTS holdfast')), ['Clients', 'Holdfast']);
  t.match(await ask('INFO clients'), 'connected_clients:5\r\nblocked_clients:1\r\nheld_clients:3\r\n');
  t.match(await ask('INFO stats'), 'total_commands_processed:37\r\n');
  t.equal(await ask('INFO keyspace'), '$0\r\n\r\n');
  await ask('HELLO 3');
  t.match(await ask('INFO server'), /^=\d+\r\ntxt:# Server\r\nserver_name:holdfast\r\n/, 'a verbatim string in RESP3');
});

await t.test('CLIENT LIST shows how long each client is held and what it waits for', async (t) => {
  const { shard, ask } = await port(t);
  shard.clients = [fakeClient(), fakeClient({ id: 10, name: 'two words\nid=11', waitsFor: 'nothing', heldMs: 0 })];
  const lines = (await ask('CLIENT LIST')).split('\r\n')[1]?.split('\n');
  t.same(lines, [
    'id=9 addr=127.0.0.1:50000 laddr=127.0.0.1:6380 name=app age=61 idle=2 db=3 cmd=set user=default resp=3 lib-name=ioredis lib-ver=6.0.0 upstream=lane waits=held held-ms=12',
    'id=10 addr=127.0.0.1:50000 laddr=127.0.0.1:6380 name=two_words_id=11 age=61 idle=2 db=3 cmd=set user=default resp=3 lib-name=ioredis lib-ver=6.0.0 upstream=lane waits=nothing held-ms=0',
    '',
  ]);
});

await t.test('an admin connection has a name, a number and a library', async (t) => {
  const { ask } = await port(t);
  t.equal(await ask('CLIENT ID'), ':1\r\n');
  t.equal(await ask('CLIENT GETNAME'), '$-1\r\n');
  t.equal(
    await ask('CLIENT SETNAME "a b"'),
    '-ERR Client names cannot contain spaces, newlines or special characters.\r\n',
  );
  t.equal(await ask('CLIENT SETNAME ops'), '+OK\r\n');
  t.equal(await ask('CLIENT GETNAME'), bulk('ops'));
  t.equal(await ask('CLIENT SETINFO LIB-NAME node-redis'), '+OK\r\n');
  t.equal(await ask('CLIENT SETINFO lib-ver 5.0'), '+OK\r\n');
  t.equal(await ask('CLIENT SETINFO lib-x 5.0'), "-ERR Unrecognized option 'lib-x'\r\n");
  t.match(await ask('CLIENT INFO'), / name=ops .* lib-name=node-redis lib-ver=5\.0\n/);
});

await t.test('CONFIG GET shows what matches and never a secret', async (t) => {
  const config = {
    sync_timeout_ms: 100,
    pause_timeout_ms: 500,
    require_pause: true,
    node: ['127.0.0.1:1', '127.0.0.1:2'],
    admin_password: 'hunter2',
    node_password: '',
    node_password_file: '/run/secrets/node',
  };
  const { ask } = await port(t, { config });
  t.equal(
    await ask('CONFIG GET *_timeout_ms'),
    `*4\r\n${bulk('sync_timeout_ms')}${bulk('100')}${bulk('pause_timeout_ms')}${bulk('500')}`,
  );
  t.equal(await ask('CONFIG GET require_paus? nosuch'), `*2\r\n${bulk('require_pause')}${bulk('true')}`);
  t.match(await ask('CONFIG GET node'), bulk('127.0.0.1:1 127.0.0.1:2'));
  const all = await ask('CONFIG GET *');
  t.notMatch(all, 'hunter2');
  t.match(all, bulk('admin_password') + bulk('***') + bulk('node_password') + bulk(''));
  t.match(all, bulk('/run/secrets/node'));
});

await t.test('HELP and COMMAND list every command', async (t) => {
  const { ask } = await port(t);
  const help = await ask('HELP');
  for (const usage of [
    'SWITCHOVER [TO host port]',
    'FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]',
    'HOLD [ms]',
    'CLIENT LIST',
    'CONFIG GET pattern …',
  ]) {
    t.match(help, `+${usage}`);
  }
  const count = Number((await ask('COMMAND COUNT')).slice(1));
  t.match(await ask('COMMAND'), new RegExp(`^\\*${count}\\r\\n\\*10\\r\\n`));
  t.match(await ask('COMMAND LIST'), new RegExp(`^\\*${count}\\r\\n`));
  t.match(await ask('COMMAND INFO hold nosuch'), /^\*2\r\n\*10\r\n\$4\r\nhold\r\n:-1\r\n[^]*\$-1\r\n$/);
  await ask('HELLO 3');
  t.match(await ask('COMMAND DOCS'), new RegExp(`^%${count}\\r\\n`));
  t.match(await ask('COMMAND DOCS hold nosuch'), /^%1\r\n\$4\r\nhold\r\n%5\r\n\$7\r\nsummary\r\n/);
});

await t.test('PING, ECHO, QUIT and RESET are as in Redis', async (t) => {
  const { ask, client } = await port(t);
  t.equal(await ask('PING'), '+PONG\r\n');
  t.equal(await ask('PING hi'), bulk('hi'));
  t.match(await ask('PING a b'), /^-ERR/);
  t.equal(await ask('ECHO "a b"'), bulk('a b'));
  await ask('HELLO 3 SETNAME ops');
  t.equal(await ask('RESET'), '+RESET\r\n');
  t.equal(await ask('CLIENT GETNAME'), '$-1\r\n', 'no name, and RESP2 again');
  client.send('QUIT\r\nPING\r\n');
  t.equal((await client.ended()).toString(), '+OK\r\n', 'what comes after QUIT is not answered');
});

await t.test('a defect in an owner is answered and logged, and the connection goes on', async (t) => {
  const { ask, shard, log } = await port(t);
  Object.defineProperty(shard, 'nodes', {
    get() {
      throw new Error('boom');
    },
  });
  t.match(await ask('NODES'), /^-ERR internal error/);
  t.equal(log.lines.filter((line) => line.level === 'error').length, 1);
  t.equal(await ask('PING'), '+PONG\r\n');
});

await t.test('a node in a full synchronisation is not shown as online', async (t) => {
  const { ask, shard } = await port(t);
  shard.nodes = [fakeNode(MASTER, { role: 'master' }), fakeNode(REPLICA, { problem: 'syncing' })];
  t.match(await ask('INFO replication'), 'state=wait_bgsync');
});
