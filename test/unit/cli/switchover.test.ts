import t from 'tap';
import { report, statusReply } from './answers.js';
import { holdfast } from './command-line.js';
import { FakeAdmin, type FakeReply } from './fake-admin.js';

type Answers = Parameters<typeof FakeAdmin.start>[0];

/** A Holdfast that answers SWITCHOVER with `reply`; gone at the end of the test. */
async function fake(t: { teardown(fn: () => Promise<void>): void }, answers: Answers): Promise<FakeAdmin> {
  const admin = await FakeAdmin.start({ STATUS: () => statusReply(), ...answers });
  t.teardown(() => admin.stop());
  return admin;
}

t.test('switched and settled: the report for people, exit status 0', async (t) => {
  const admin = await fake(t, { SWITCHOVER: () => report() });
  const { exitCode, stdout } = await holdfast(['switchover', '--admin', admin.address]);
  t.equal(exitCode, 0);
  t.match(stdout, 'switched: 127.0.0.1:7000 → 127.0.0.1:7001; writes waited for 1.87 ms');
  t.match(stdout, /of it +drain 0\.30 ms, fence 0\.25 ms, catchup 0\.40 ms, promote 0\.50 ms, redirect 0\.06 ms/);
  t.match(stdout, /held +41 commands of 50 clients/);
  t.match(stdout, /resync +127\.0\.0\.1:7000 partial, 127\.0\.0\.1:7002 partial/);
  t.notMatch(stdout, /lost/);
});

t.test('every option reaches the admin port', async (t) => {
  const admin = await fake(t, { SWITCHOVER: () => report({ outcome: 'would-switch', settled: 'no' }) });
  const options = ['--to', '[::1]:7001', '--dry-run', '--force', '--sync-timeout-ms', '50', '--pause-timeout-ms=900'];
  const { exitCode, stdout } = await holdfast(['switchover', '--admin', admin.address, ...options, '--json']);
  t.equal(exitCode, 0, 'a dry run has nothing to settle');
  t.same(admin.asked, [
    ['SWITCHOVER', 'TO', '::1', '7001', 'DRYRUN', 'FORCE', 'SYNCTIMEOUT', '50', 'PAUSETIMEOUT', '900'],
  ]);
  t.match(JSON.parse(stdout), {
    outcome: 'would-switch',
    stall_us: 1874,
    resync: { '127.0.0.1:7000': 'partial', '127.0.0.1:7002': 'partial' },
  });
});

t.test('a dry run says that nothing was touched', async (t) => {
  const admin = await fake(t, { SWITCHOVER: () => report({ outcome: 'would-switch' }) });
  const { stdout } = await holdfast(['switchover', '--dry-run', '--admin', admin.address]);
  t.match(
    stdout,
    'would switch: 127.0.0.1:7000 → 127.0.0.1:7001; writes would wait for about 1.50 ms. Nothing was touched.',
  );
});

t.test('a forced switchover that lost writes says so', async (t) => {
  const admin = await fake(t, { SWITCHOVER: () => report({ offset_gap: 4096 }) });
  t.match(
    (await holdfast(['switchover', '--force', '--admin', admin.address])).stdout,
    /lost +the new master was 4096 behind/,
  );
});

t.test('what the operator should know of it is in the report', async (t) => {
  const notes = ['10.0.0.2:6379 will not keep its role over a restart: no file', 'and another'];
  const admin = await fake(t, { SWITCHOVER: () => report({ notes }) });
  const { stdout } = await holdfast(['switchover', '--admin', admin.address]);
  for (const note of notes) t.match(stdout, new RegExp(`note +${note}`));
});

const ENDINGS: readonly (readonly [string, FakeReply, number])[] = [
  ['not settled yet', report({ settled: 'no' }), 5],
  ['aborted', new Error('ABORTED catchup-timeout the candidate did not reach the offset'), 1],
  ['refused', new Error('REFUSED lagging the candidate is too far behind'), 3],
  ['in progress', new Error('INPROGRESS another switchover is running'), 3],
  ['unresolved', new Error('UNRESOLVED roles-unknown the roles could not be read in time'), 5],
  ['not understood', new Error("ERR unknown command 'SWITCHOVER'"), 3],
  ['link lost before the answer', null, 5],
];
for (const [name, reply, expected] of ENDINGS) {
  t.test(`exit status ${expected}: ${name}`, async (t) => {
    const admin = await fake(t, { SWITCHOVER: () => reply });
    const { exitCode, stderr } = await holdfast(['switchover', '--admin', admin.address]);
    t.equal(exitCode, expected);
    if (reply instanceof Error) t.match(stderr, reply.message.split(' ').slice(1).join(' '));
  });
}

t.test('a refusal as JSON has the reason for a script', async (t) => {
  const admin = await fake(t, { SWITCHOVER: () => new Error('REFUSED lagging the candidate is too far behind') });
  const { exitCode, stdout, stderr } = await holdfast(['switchover', '--json', '--admin', admin.address]);
  t.equal(exitCode, 3);
  t.same(JSON.parse(stdout), { outcome: 'refused', reason: 'lagging', sentence: 'the candidate is too far behind' });
  t.equal(stderr, '');
});

/** Answers STATUS with one state after the other, and SWITCHOVER when all were asked for. */
function scripted(states: readonly string[]): Answers {
  const left = [...states];
  let finish = (): void => {};
  const shown = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return {
    STATUS: () => {
      const state = left.shift();
      if (state === undefined) finish();
      return statusReply({ state: state ?? 'serving', stall_us: state === 'fencing' ? 1200 : 0 });
    },
    SWITCHOVER: async () => {
      await shown;
      return report();
    },
  };
}

t.test('the states are shown as they come: a line each where there is no terminal', async (t) => {
  const admin = await fake(t, scripted(['serving', 'preflight', 'fencing', 'fencing', 'settling']));
  const { stderr, stdout } = await holdfast(['switchover', '--admin', admin.address]);
  t.equal(stderr, 'preflight …\nfencing …\nsettling …\n');
  t.match(stdout, /^switched/);
});

t.test('and in one line that changes on a terminal, with colours unless NO_COLOR', async (t) => {
  for (const [environment, coloured] of [
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ] as const) {
    const admin = await fake(t, scripted(['preflight', 'fencing']));
    const { stderr, stdout } = await holdfast(['switchover', '--admin', admin.address], { isTTY: true, environment });
    t.match(stderr, 'preflight → ');
    t.match(stderr, 'writes wait for 1.20 ms');
    t.equal(stdout.includes('\u001B[32m'), coloured);
  }
});

t.test('arguments that are wrong are named as they were typed, and nothing is sent', async (t) => {
  const admin = await fake(t, {});
  for (const [argument, message] of [
    ['--to=nowhere', '--to must be host:port or [ipv6]:port, not "nowhere"'],
    ['--sync-timeout-ms=soon', '--sync-timeout-ms must be a whole number of milliseconds, not "soon"'],
  ] as const) {
    const { exitCode, stderr } = await holdfast(['switchover', '--admin', admin.address, argument]);
    t.equal(exitCode, 2);
    t.match(stderr, message);
  }
  t.same(admin.asked, []);
});
