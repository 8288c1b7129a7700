import t from 'tap';
import { problemsOf } from './inputs.js';

t.test('all mistakes of all sources come at once, each with setting, value and place', async (t) => {
  const problems = problemsOf({
    flags: { nodes: ['a:1', 'b:x'], syncTimeoutMs: 'soon' },
    environment: { HOLDFAST_LOG_LEVEL: 'loud' },
    file: 'h.yaml',
    files: { 'h.yaml': 'sync_timout_ms: 3\nretry_min_ms: 9999999\nlog-format: json\nwhatever: 1\n' },
  });
  t.same(problems, [
    'sync_timout_ms is not a setting; did you mean sync_timeout_ms? (h.yaml:1)',
    'log-format is not a setting; did you mean log_format? (h.yaml:3)',
    'whatever is not a setting (h.yaml:4)',
    'node must be host:port or [ipv6]:port, not "b:x" (flag --node)',
    'sync_timeout_ms must be a whole number of milliseconds from 1 to 600000, not "soon" (flag --sync-timeout-ms)',
    'retry_min_ms must be a whole number of milliseconds from 1 to 600000, not 9999999 (h.yaml:2)',
    'log_level must be one of debug, info, warn, error, not "loud" (environment HOLDFAST_LOG_LEVEL)',
  ]);
});

t.test('what has no default must be given', async (t) => {
  t.same(problemsOf({ flags: {} }), ['node must be given: --node, HOLDFAST_NODE or node in the file']);
});

t.test('the value of a secret is never shown', async (t) => {
  const problems = problemsOf({ file: 'f', files: { f: 'node_password: 4711\nadmin_password: [4711]\n' } });
  t.equal(problems.length, 2);
  t.notMatch(problems.join(), '4711');
});

t.test('files that can not be used', async (t) => {
  t.match(problemsOf({ file: 'none.yaml' }), ['config can not be read: ENOENT']);
  t.match(problemsOf({ file: 'f', files: { f: '- a\n- b\n' } }), ['the file must be a mapping of settings (f)']);
  t.match(problemsOf({ file: 'f', files: { f: 'sync_timeout_ms: 1\nsync_timeout_ms: 2\n' } }), [/unique.*\(f:2\)/]);
  t.same(problemsOf({ file: 'f', files: { f: '# nothing yet\n' } }), []);
});

t.test('a secret and its file together are a mistake, whoever gives them', async (t) => {
  const problems = problemsOf({
    flags: { nodes: ['a:1'], adminPasswordFile: '/s' },
    environment: { HOLDFAST_ADMIN_PASSWORD: 'old' },
    files: { '/s': 'new' },
  });
  t.same(problems, [
    'admin_password_file is given as well (environment HOLDFAST_ADMIN_PASSWORD); give one of the two (flag --admin-password-file)',
  ]);
});

t.test('a secret file that is not there', async (t) => {
  t.match(problemsOf({ flags: { nodes: ['a:1'], nodePasswordFile: '/none' } }), [
    /^node_password_file can not be read: ENOENT/,
  ]);
});
