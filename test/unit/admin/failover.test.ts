import t from 'tap';
import { failoverState } from '../../../src/admin/failover-state.js';
import { startTestPort } from './admin-port.js';
import { fakeNode, fakeStatus, MASTER, REPLICA } from './fake-ports.js';

async function port(t: Parameters<typeof startTestPort>[0]) {
  const server = await startTestPort(t);
  const client = await server.connect();
  return {
    ...server,
    ask: async (line: string): Promise<string> => {
      client.send(`${line}\r\n`);
      return (await client.replies(1)).toString();
    },
  };
}

await t.test('FAILOVER answers at once and starts a switchover', async (t) => {
  const { shard, ask } = await port(t);
  shard.switching = new Promise(() => undefined);
  t.equal(await ask('FAILOVER'), '+OK\r\n');
  t.equal(await ask('FAILOVER TO 127.0.0.1 7002'), '+OK\r\n');
  t.equal(await ask('failover timeout 300 to 127.0.0.1 7002 force'), '+OK\r\n');
  t.same(shard.requests, [
    { forceOnTimeout: false },
    { to: REPLICA, forceOnTimeout: false },
    { to: REPLICA, forceOnTimeout: true, syncTimeoutMs: 300, pauseTimeoutMs: 1300 },
  ]);
});

await t.test("FAILOVER refuses with Redis' words", async (t) => {
  const { shard, ask } = await port(t);
  const cases = [
    ['FAILOVER ABORT X', 'syntax error'],
    ['FAILOVER TIMEOUT 5 ABORT', 'syntax error'],
    ['FAILOVER bogus', 'syntax error'],
    ['FAILOVER TO 127.0.0.1', 'syntax error'],
    ['FAILOVER TIMEOUT', 'syntax error'],
    ['FAILOVER TO 127.0.0.1 x', 'value is not an integer or out of range'],
    ['FAILOVER TIMEOUT x', 'value is not an integer or out of range'],
    ['FAILOVER TIMEOUT 0', 'FAILOVER timeout must be greater than 0'],
    ['FAILOVER TIMEOUT -1', 'FAILOVER timeout must be greater than 0'],
    ['FAILOVER TO 127.0.0.1 9999', 'FAILOVER target HOST and PORT is not a replica.'],
    ['FAILOVER TO 127.0.0.1 9999 FORCE', 'FAILOVER with force option requires both a timeout and target HOST and IP.'],
    ['FAILOVER FORCE', 'FAILOVER with force option requires both a timeout and target HOST and IP.'],
    ['FAILOVER ABORT', 'No failover in progress.'],
  ] as const;
  for (const [line, text] of cases) t.equal(await ask(line), `-ERR ${text}\r\n`, line);
  shard.nodes = [fakeNode(MASTER, { role: 'master' }), fakeNode(REPLICA, { up: false })];
  t.equal(await ask('FAILOVER TO 127.0.0.1 7002'), '-ERR FAILOVER target replica is not online.\r\n');
  shard.nodes = [fakeNode(MASTER, { role: 'master' })];
  t.equal(await ask('FAILOVER'), '-ERR FAILOVER requires connected replicas.\r\n');
  t.same(shard.requests, []);
});

await t.test('a second FAILOVER is refused and ABORT stops the first', async (t) => {
  const { shard, ask } = await port(t);
  shard.status = fakeStatus({ state: 'draining' });
  t.equal(await ask('FAILOVER'), '-ERR FAILOVER already in progress.\r\n');
  t.equal(await ask('FAILOVER ABORT'), '+OK\r\n');
  t.same(shard.aborts, [1]);
  shard.abortable = false;
  t.match(await ask('FAILOVER ABORT'), /^-ERR .*point of no return/);
});

await t.test('how a FAILOVER ended is logged', async (t) => {
  const { shard, ask, log } = await port(t);
  await ask('FAILOVER');
  // The answer to the PING was written after the promise of the switchover, which has settled, was looked at.
  await ask('PING');
  t.match(log.lines.at(-1), { level: 'info', fields: { report: shard.report } });
});

await t.test("each state of the switch has one of Redis' words", async (t) => {
  const words = {
    'no-failover': ['serving', 'stopped'],
    'waiting-for-sync': [
      'inspecting',
      'preparing',
      'measuring',
      'recording',
      'holding',
      'draining',
      'fencing',
      'catching-up',
      'extending',
      'aborting',
    ],
    'failover-in-progress': ['promoting', 'resolving', 'unresolved', 'redirecting', 'settling'],
  } as const;
  for (const [word, states] of Object.entries(words)) {
    for (const state of states) t.equal(failoverState(fakeStatus({ state })), word, state);
  }
});
