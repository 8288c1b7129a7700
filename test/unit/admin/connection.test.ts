import t from 'tap';
import { DEFAULT_ADMIN_LIMITS } from '../../../src/admin/admin-limits.js';
import { encodeCommand } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { startTestPort } from './admin-port.js';

await t.test('commands are answered the same whole, byte by byte and split anywhere', async (t) => {
  const server = await startTestPort(t);
  const requests = Buffer.concat([
    encodeCommand('ECHO', 'a\r\nb'),
    Buffer.from('PING x\r\n'),
    encodeCommand('CLIENT', 'ID'),
  ]);
  for (let at = 0; at <= requests.length; at++) {
    const client = await server.connect();
    client.send(requests.subarray(0, at));
    if (at % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
    client.send(requests.subarray(at));
    t.match((await client.replies(3)).toString(), /^\$4\r\na\r\nb\r\n\$1\r\nx\r\n:\d+\r\n$/, `split at ${at}`);
    client.close();
  }
});

await t.test('requests of a pipeline are answered in order, and the next one waits for the slow one', async (t) => {
  const server = await startTestPort(t);
  const client = await server.connect();
  let finish = (): void => undefined;
  server.shard.switching = new Promise((resolve) => {
    finish = resolve;
  });
  client.send('SWITCHOVER\r\nHOLD 5\r\nPING\r\n');
  await until('the switchover has begun', () => server.shard.requests.length === 1);
  const other = await server.connect();
  t.equal(await other.call('PING'), '+PONG\r\n', 'other connections go on');
  t.same(server.shard.holds, []);
  finish();
  t.match((await client.replies(3)).toString(), /^\*40\r\n[^]*\+OK\r\n\+PONG\r\n$/);
});

await t.test('before AUTH only AUTH, HELLO, RESET and QUIT are served', async (t) => {
  const server = await startTestPort(t, { password: 'hunter2' });
  const client = await server.connect();
  for (const line of ['PING', 'NOSUCH', 'INFO', 'SWITCHOVER', 'COMMAND', 'CLIENT LIST', 'CONFIG GET *', 'HELP']) {
    client.send(`${line}\r\n`);
    t.equal((await client.replies(1)).toString(), '-NOAUTH Authentication required.\r\n', line);
  }
  t.match(await client.call('HELLO', '3'), /^-NOAUTH HELLO must be called with the client already authenticated/);
  t.match(await client.call('HELLO', '3', 'AUTH', 'default', 'wrong'), /^-WRONGPASS/);
  t.match(await client.call('AUTH', 'wrong'), /^-WRONGPASS/);
  t.match(await client.call('AUTH', 'other', 'hunter2'), /^-WRONGPASS/);
  t.match(await client.call('AUTH', 'a', 'b', 'c'), /^-ERR syntax error/);
  t.match(await client.call('PING'), /^-NOAUTH/, 'a wrong password opens nothing');
  t.equal(await client.call('AUTH', 'hunter2'), '+OK\r\n');
  t.equal(await client.call('PING'), '+PONG\r\n');
  t.equal(await client.call('RESET'), '+RESET\r\n');
  t.match(await client.call('PING'), /^-NOAUTH/, 'RESET forgets who it was');
  t.match(await client.call('HELLO', '3', 'AUTH', 'default', 'hunter2', 'SETNAME', 'ops'), /^%7\r\n/);
  t.match(await client.call('CLIENT', 'GETNAME'), /ops/);
  t.same(server.shard.requests, []);
});

await t.test('without a password AUTH is answered as Redis does', async (t) => {
  const server = await startTestPort(t);
  const client = await server.connect();
  t.match(await client.call('AUTH', 'x'), /^-ERR AUTH <password> called without any password configured/);
  t.equal(await client.call('AUTH', 'default', 'x'), '+OK\r\n');
});

await t.test('HELLO with anything wrong changes nothing', async (t) => {
  const server = await startTestPort(t);
  const client = await server.connect();
  t.equal(await client.call('HELLO', '4'), '-NOPROTO unsupported protocol version\r\n');
  t.equal(await client.call('HELLO', 'x'), '-ERR Protocol version is not an integer or out of range\r\n');
  t.equal(await client.call('HELLO', '3', 'FOO'), "-ERR Syntax error in HELLO option 'FOO'\r\n");
  t.equal(
    await client.call('HELLO', '3', 'SETNAME', 'ops', 'AUTH', 'x'),
    "-ERR Syntax error in HELLO option 'AUTH'\r\n",
  );
  t.equal(await client.call('CLIENT', 'GETNAME'), '$-1\r\n');
  t.match(await client.call('HELLO'), /^\*14\r\n\$6\r\nserver\r\n\$8\r\nholdfast\r\n/);
});

await t.test('a malformed request is answered and the connection closed; others notice nothing', async (t) => {
  const server = await startTestPort(t);
  const other = await server.connect();
  const client = await server.connect();
  client.send('PING\r\n*1\r\n:5\r\nPING\r\n');
  t.equal((await client.ended()).toString(), "+PONG\r\n-ERR Protocol error: expected '$', got ':'\r\n");
  t.equal(await other.call('PING'), '+PONG\r\n');
});

await t.test('HTTP on this port is cut off before anything is carried out', async (t) => {
  const server = await startTestPort(t);
  for (const start of ['POST / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: localhost\r\n', 'host: x\r\n']) {
    const client = await server.connect();
    client.send(`${start}\r\nHOLD 5\r\n`);
    t.notMatch((await client.ended()).toString(), 'OK', JSON.stringify(start));
  }
  t.same(server.shard.holds, []);
  t.equal(server.log.lines.filter((line) => line.level === 'warn').length, 3);
});

await t.test('a connection beyond the limit is told and closed; a place that is given back is used', async (t) => {
  const server = await startTestPort(t, { limits: { maxConnections: 2 } });
  const [first, second] = [await server.connect(), await server.connect()];
  await first.call('PING');
  await second.call('PING');
  const third = await server.connect();
  t.equal((await third.ended()).toString(), '-ERR max number of clients reached\r\n');
  first.close();
  await until('a place is free', async () => (await (await server.connect()).call('PING')) === '+PONG\r\n');
});

await t.test('whoever does not authenticate in time is closed, also when it goes on talking', async (t) => {
  const server = await startTestPort(t, { password: 'hunter2', limits: { authTimeoutMs: 200 } });
  const known = await server.connect();
  t.equal(await known.call('AUTH', 'hunter2'), '+OK\r\n');
  const silent = await server.connect();
  const talking = await server.connect();
  const chatter = setInterval(() => talking.send('PING\r\n'), 20);
  await silent.ended();
  await talking.ended();
  clearInterval(chatter);
  t.equal(await known.call('PING'), '+PONG\r\n', 'who has authenticated stays');
  t.equal(await known.call('RESET'), '+RESET\r\n');
  await known.ended();
  t.pass('and who gave that up is timed again');
});

await t.test('before AUTH the bounds are narrow', async (t) => {
  const server = await startTestPort(t, { password: 'hunter2' });
  const client = await server.connect();
  client.send(`*2\r\n$4\r\nAUTH\r\n$${16 * 1024 + 1}\r\n`);
  t.equal((await client.ended()).toString(), '-ERR Protocol error: unauthenticated bulk length\r\n');
  t.ok(DEFAULT_ADMIN_LIMITS.unauthenticated.maxRequestBytes < DEFAULT_ADMIN_LIMITS.authenticated.maxRequestBytes);
});

await t.test('a client that does not read its replies is not served further', async (t) => {
  const server = await startTestPort(t);
  const client = await server.connect();
  client.socket.pause();
  // Far more than the socket buffers of both sides hold: what came through would lie in the memory of the server.
  const request = encodeCommand('ECHO', 'x'.repeat(100_000));
  for (let sent = 0; sent < 400; sent++) client.send(request);
  client.send('HOLD 5\r\n');
  const other = await server.connect();
  for (let round = 0; round < 500; round++) await other.call('PING');
  t.same(server.shard.holds, [], 'the requests stay with the one who sends them');
  // Read and drop: to collect 40 MB would take longer than all the rest.
  client.socket.removeAllListeners('data').resume();
  await until('all is carried out', () => server.shard.holds.length === 1);
});

await t.test('closing lets the command that runs be answered, and ends the rest', async (t) => {
  const server = await startTestPort(t);
  const [idle, busy] = [await server.connect(), await server.connect()];
  await idle.call('PING');
  let finish = (): void => undefined;
  server.shard.switching = new Promise((resolve) => {
    finish = resolve;
  });
  busy.send('SWITCHOVER\r\n');
  await until('the switchover has begun', () => server.shard.requests.length === 1);
  const closed = server.close();
  await idle.ended();
  finish();
  t.match((await busy.ended()).toString(), /^\*40\r\n/);
  await closed;
});

await t.test('closing is bounded', async (t) => {
  const server = await startTestPort(t, { limits: { closeTimeoutMs: 50 } });
  const busy = await server.connect();
  server.shard.switching = new Promise(() => undefined);
  busy.send('SWITCHOVER\r\n');
  await until('the switchover has begun', () => server.shard.requests.length === 1);
  await server.close();
  t.equal((await busy.ended()).length, 0);
});
