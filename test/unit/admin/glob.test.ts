import t from 'tap';
import { matchesGlob } from '../../../src/admin/glob.js';

await t.test('patterns match as in Redis', async (t) => {
  for (const [pattern, name, expected] of [
    ['*', '', true],
    ['*', 'listen', true],
    ['LISTEN', 'listen', true],
    ['*_timeout_ms', 'sync_timeout_ms', true],
    ['*timeout*', 'sync_timeout_ms', true],
    ['s*t*s', 'sync_timeout_ms', true],
    ['s*t*x', 'sync_timeout_ms', false],
    ['node', 'node_password', false],
    ['nod?', 'node', true],
    ['node?', 'node', false],
    ['', 'node', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['**a', 'banana', true],
  ] as const) {
    t.equal(matchesGlob(pattern, name), expected, `${pattern} ${name}`);
  }
});

await t.test('many stars do not take for ever', async (t) => {
  // With a backtracking matcher this would not end within the life of the machine.
  t.equal(matchesGlob('*a'.repeat(1000) + 'b', 'a'.repeat(2000)), false);
});
