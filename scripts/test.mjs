// Everything that has to hold before a change is merged; `npm test` builds first, and that is where types are checked.
//   node scripts/test.mjs            all of it
//   node scripts/test.mjs lint unit  only these
//   node scripts/test.mjs --full     the long form of the tests that are shortened otherwise
// The static checks run side by side (each is a process of its own), then the tests, whose files tap spreads over the
// cores. End-to-end tests come last and alone: they bring real servers and load.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './lib/run.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Each static check counts as one test. */
const STATIC_CHECKS = {
  lint: [bin('oxlint')],
  format: [bin('prettier'), '--check', '--log-level', 'warn', '.'],
  exports: [bin('knip')],
};
const SUITES = { unit: 'dist/test/unit', e2e: 'dist/test/e2e' };

const started = performance.now();
const total = { passed: 0, failed: 0 };
const full = process.argv.includes('--full');
const wanted = process.argv.slice(2).filter((name) => name !== '--full');
/** tap's own limit for one file, in seconds (.taprc has the usual one). */
const FULL_TIMEOUT_S = 3600;
if (full) process.env.HOLDFAST_TEST_FULL = '1';
const isWanted = (name) => wanted.length === 0 || wanted.includes(name);

function report(name, { passed, failed }, output, ms) {
  total.passed += passed;
  total.failed += failed;
  console.log(
    `${failed === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(8)} ${passed} passed, ${failed} failed (${(ms / 1000).toFixed(1)} s)`,
  );
  if (failed > 0) console.log(output.trimEnd());
}

async function runStatic([name, [command, ...args]]) {
  const from = performance.now();
  const { status, output } = await run(command, args, { cwd: root });
  const ok = status === 0;
  report(name, { passed: ok ? 1 : 0, failed: ok ? 0 : 1 }, output, performance.now() - from);
}

function testFiles(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(folder, name));
}

/** tap's last words are `# { total: 5, pass: 3, fail: 1, skip: 1 }`; a key whose count is 0 is left out. */
function countAsserts(output, status) {
  const summary = [...output.matchAll(/^# \{ (total: .*) \}$/gm)].at(-1)?.[1] ?? '';
  const count = (key) => Number(new RegExp(`${key}: (\\d+)`).exec(summary)?.[1] ?? 0);
  // A file that crashes or never ends fails without a failed assertion.
  return { passed: count('pass'), failed: status === 0 ? count('fail') : Math.max(1, count('fail')) };
}

async function runSuite(name, folder) {
  const files = testFiles(folder);
  if (files.length === 0) {
    report(name, { passed: 0, failed: 1 }, `There is no test in ${folder}.`, 0);
    return;
  }
  const from = performance.now();
  const { status, output } = await run(
    bin('tap'),
    ['run', '--reporter=terse', ...(full ? [`--timeout=${FULL_TIMEOUT_S}`] : []), ...files],
    { cwd: root },
  );
  report(name, countAsserts(output, status), output, performance.now() - from);
}

await Promise.all(
  Object.entries(STATIC_CHECKS)
    .filter(([name]) => isWanted(name))
    .map(runStatic),
);
for (const [name, folder] of Object.entries(SUITES)) if (isWanted(name)) await runSuite(name, folder);

console.log(`\n${((performance.now() - started) / 1000).toFixed(1)} s`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
