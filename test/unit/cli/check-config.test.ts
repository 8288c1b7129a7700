import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { holdfast } from './command-line.js';

t.test('prints the effective configuration of all three sources', async (t) => {
  const { exitCode, stdout, stderr } = await holdfast(
    [
      'check-config',
      '--config',
      'h.yaml',
      '--require-pause=false',
      '--node',
      'a:1',
      '--node',
      'b:2',
      '--force-on-timeout',
    ],
    { environment: { HOLDFAST_SYNC_TIMEOUT_MS: '50' }, files: { 'h.yaml': 'probe_interval_ms: 100' } },
  );
  t.equal(stderr, '');
  t.equal(exitCode, 0);
  t.match(stdout, 'node: [ a:1, b:2 ] # flag --node\n');
  t.match(stdout, 'require_pause: false # flag --require-pause\n');
  t.match(stdout, 'force_on_timeout: true # flag --force-on-timeout\n');
  t.match(stdout, 'sync_timeout_ms: 50 # environment HOLDFAST_SYNC_TIMEOUT_MS\n');
  t.match(stdout, 'probe_interval_ms: 100 # h.yaml:1\n');
});

for (const command of ['check-config', 'serve']) {
  t.test(`${command}: all mistakes at once, those of the command line too, exit status 2`, async (t) => {
    const { exitCode, stdout, stderr } = await holdfast(
      [command, '--sync-timout-ms', '5', '--node', 'x', 'extra', '--pause-timeout-ms=100', '--nonsense=1'],
      { environment: { HOLDFAST_LOG_LEVEL: 'loud' } },
    );
    t.equal(exitCode, 2);
    t.equal(stdout, '');
    t.same(stderr.trimEnd().split('\n'), [
      'error: --sync-timout-ms is not a flag; did you mean --sync-timeout-ms?',
      'error: extra is one argument too many',
      'error: --nonsense is not a flag',
      'error: node must be host:port or [ipv6]:port, not "x" (flag --node)',
      'error: log_level must be one of debug, info, warn, error, not "loud" (environment HOLDFAST_LOG_LEVEL)',
      'error: pause_timeout_ms (100) must be more than sync_timeout_ms (100) + promote_timeout_ms (200)',
    ]);
  });
}

t.test('help and version end with 0, an unknown command and a flag without its value with 2', async (t) => {
  t.equal((await holdfast(['--help'])).exitCode, 0);
  t.match(await holdfast(['--version']), { exitCode: 0, stdout: '1.2.3\n' });
  t.equal((await holdfast(['frobnicate'])).exitCode, 2);
  t.equal((await holdfast(['serve', '--node'])).exitCode, 2);
  t.equal((await holdfast([])).exitCode, 2, 'no command at all');
  t.match((await holdfast(['switchover', '--help'])).stdout, /Exit status:\n  0/);
});

t.test('the program itself: arguments, environment and exit status of a process', async (t) => {
  const main = fileURLToPath(new URL('../../../src/main.js', import.meta.url));
  const run = (environment: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, [main, 'check-config'], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', ...environment },
    });
  t.match(run({ HOLDFAST_NODE: 'a:1' }), { status: 0, stdout: /^node: \[ a:1 \]/m });
  t.match(run({}), { status: 2, stderr: /^error: node must be given/ });
});
