import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { fakeReport, MASTER, REPLICA } from '../../unit/admin/fake-ports.js';
import { until } from '../../support/until.js';
import { startTestPort } from '../../unit/admin/admin-port.js';

const run = promisify(execFile);

/** A real redis-cli on an admin port; what it prints, without the last line break. */
async function cli(t: Test, password?: string) {
  const server = await startTestPort(t, password === undefined ? {} : { password });
  const call = async (...args: string[]): Promise<string> => {
    // REDISCLI_AUTH of the environment would be sent too.
    const { REDISCLI_AUTH: _, ...env } = process.env;
    const { stdout, stderr } = await run('redis-cli', ['-p', String(server.port), ...args], { env });
    return `${stderr}${stdout}`.trimEnd();
  };
  return { ...server, call };
}

await t.test('redis-cli shows each answer in both RESP versions', async (t) => {
  const { call, shard } = await cli(t);
  shard.history = [fakeReport()];
  for (const version of ['-2', '-3']) {
    t.equal(await call(version, 'PING'), 'PONG', version);
    t.match(await call(version, 'INFO', 'replication'), '# Replication\r\nrole:master\r\n');
    t.match(await call(version, 'STATUS'), MASTER);
    t.match(await call(version, 'NODES'), 'connection refused');
    t.match(await call(version, 'HISTORY'), '2026-01-02T03:04:05.678Z');
    t.match(await call(version, 'CLIENT', 'LIST'), /^$/);
    t.match(await call(version, 'ROLE'), 'master\n5000\n127.0.0.1');
    t.match(await call(version, 'COMMAND', 'DOCS', 'switchover'), 'SYNCTIMEOUT');
    t.match(await call(version, 'NOSUCH'), /^ERR unknown command 'NOSUCH'/);
  }
});

await t.test('redis-cli prints a switchover as keys and values', async (t) => {
  const { call, shard } = await cli(t);
  const inOrder = `id\nsw-1\noutcome\nswitched\nold_master\n${MASTER}\nnew_master\n${REPLICA}\nepoch\n8\nstall_us\n1500`;
  t.match(await call('-2', 'SWITCHOVER', 'TO', '127.0.0.1', '7002'), inOrder);
  t.match(await call('-3', '--json', 'SWITCHOVER'), /"stall_us":1500,.*"resync":\{".*":"partial",".*":"pending"\}/);
  t.same(shard.requests, [{ to: REPLICA }, {}]);
  shard.report = fakeReport({ outcome: 'refused', reason: 'lagging', sentence: 'too far behind' });
  t.equal(await call('SWITCHOVER'), 'REFUSED lagging too far behind');
});

await t.test('redis-cli authenticates, with and without HELLO', async (t) => {
  const { call } = await cli(t, 'hunter2');
  t.equal(await call('PING'), 'NOAUTH Authentication required.');
  const quiet = ['--no-auth-warning', '-a', 'hunter2'];
  t.equal(await call(...quiet, 'PING'), 'PONG');
  t.equal(await call(...quiet, '--user', 'default', '-3', 'PING'), 'PONG');
  t.match(await call('--no-auth-warning', '-a', 'wrong', 'PING'), /WRONGPASS[^]*NOAUTH/);
});

await t.test('redis-cli at its prompt starts, knows our commands and ends', async (t) => {
  const { port } = await cli(t);
  for (const version of ['-2', '-3']) {
    // `script` gives it a terminal: there it asks for COMMAND DOCS, and asserts on what it does not understand.
    const child = spawn('script', ['-qec', `TERM=dumb redis-cli ${version} -p ${port}`, '/dev/null']);
    t.teardown(() => child.kill());
    let shown = '';
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
    });
    const exit = once(child, 'exit');
    await until('the prompt', () => shown.includes('> '), 10_000);
    child.stdin.write('help switchover\n');
    await until('its help on our command', () => shown.includes('Makes another node the master'), 10_000);
    child.stdin.write('quit\n');
    t.same(await exit, [0, null], version);
  }
});
