import t from 'tap';
import { flat, report, statusReply } from './answers.js';
import { holdfast } from './command-line.js';
import { FakeAdmin } from './fake-admin.js';

t.test('status', async (t) => {
  let reply = statusReply();
  const admin = await FakeAdmin.start({ STATUS: () => reply });
  t.teardown(() => admin.stop());
  const run = (...flags: string[]) => holdfast(['status', '--admin', admin.address, ...flags]);

  t.test('all is well: exit status 0', async (t) => {
    const { exitCode, stdout } = await run();
    t.equal(exitCode, 0);
    t.match(stdout, /^ *master +127\.0\.0\.1:7000$/m);
    t.match(stdout, /^gate +open$/m);
    t.match(stdout, /^last +no switchover yet$/m);
  });

  t.test('as JSON: names and types as on the wire', async (t) => {
    t.match(JSON.parse((await run('--json')).stdout), {
      master: '127.0.0.1:7000',
      epoch: 3,
      gate_holders: [],
      unsettled: {},
    });
  });

  for (const [name, changes, shown] of [
    ['an alarm', { alarms: ['demotion-pending'] }, /^alarm +demotion-pending$/m],
    ['a node that has not settled', { unsettled: ['a:1', 'refused'] }, /^unsettled +a:1: refused$/m],
    ['no master', { master: '', problem: 'no master answers' }, /^problem +no master answers$/m],
  ] as const) {
    t.test(`${name}: exit status 5`, async (t) => {
      reply = statusReply(changes);
      const { exitCode, stdout } = await run();
      t.equal(exitCode, 5);
      t.match(stdout, shown);
    });
  }

  t.test('a hold is shown with who holds', async (t) => {
    reply = statusReply({ gate: 'closed', gate_holders: ['hand', 'switchover'], held_commands: 3, held_clients: 2 });
    const { stdout } = await run();
    t.match(stdout, /^gate +closed by hand, switchover$/m);
    t.match(stdout, /^held +3 commands of 2 clients, 0 bytes$/m);
  });
});

t.test('nodes, history, hold, release and rejoin', async (t) => {
  const node = {
    node: 'a:1',
    up: 'yes',
    role: 'master',
    engine: 'redis',
    version: '7.0.15',
    offset: 5,
    lag: 0,
    priority: 100,
  };
  const admin = await FakeAdmin.start({
    NODES: () => [
      flat({ ...node, problem: '', seen_ms_ago: 12 }),
      flat({ node: 'b:2', up: 'no', role: 'unknown', problem: 'connection refused' }),
    ],
    HISTORY: ([n]) => (n === '1' ? [report({ started_at: '2026-01-01T00:00:00.000Z', reason: '' })] : []),
    HOLD: ([ms]) =>
      ms === '99999999' ? new Error('ERR ms must be a whole number of milliseconds from 1 to 60000') : 'OK',
    RELEASE: () => new Error('ERR No hold in progress.'),
    REJOIN: ([host]) => (host === '::1' ? 'OK' : new Error(`ERR ${host} is not kept out.`)),
  });
  t.teardown(() => admin.stop());
  const run = (...argv: string[]) => holdfast([...argv, '--admin', admin.address]);

  const shown = await run('nodes');
  t.match(shown.stdout, /^a:1 +master +up +redis 7\.0\.15 +5 +0 +100 +12 ms ago$/m);
  t.match(shown.stdout, /^b:2 +unknown +down .*connection refused$/m);
  t.match(JSON.parse((await run('nodes', '--json')).stdout), [{ node: 'a:1', offset: 5 }, { node: 'b:2' }]);

  t.match((await run('history')).stdout, 'No switchover yet.');
  t.match(
    (await run('history', '1')).stdout,
    /^2026-01-01T00:00:00\.000Z +switched +127\.0\.0\.1:7000 +127\.0\.0\.1:7001 +1\.87 ms +41 +yes$/m,
  );

  t.equal((await run('hold', '1000')).exitCode, 0);
  t.same(admin.asked.at(-1), ['HOLD', '1000']);
  t.equal((await run('hold', 'long')).exitCode, 2);
  const tooLong = await run('hold', '99999999');
  t.equal(tooLong.exitCode, 3);
  t.match(tooLong.stderr, 'from 1 to 60000');

  const release = await run('release');
  t.equal(release.exitCode, 3);
  t.match(release.stderr, 'No hold in progress.');

  t.same(JSON.parse((await run('rejoin', '[::1]:7001', '--json')).stdout), { rejoining: '[::1]:7001' });
  t.same(admin.asked.at(-1), ['REJOIN', '::1', '7001']);
  t.match((await run('rejoin', '[::1]:7001')).stdout, 'follows the master again');
  t.match(await run('rejoin', 'a:1'), { exitCode: 3, stderr: /a is not kept out/ });
  t.match(await run('rejoin', 'a'), { exitCode: 2, stderr: /the node must be host:port/ });
  t.equal((await run('rejoin')).exitCode, 2);
});
