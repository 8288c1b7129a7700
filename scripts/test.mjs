// Everything that has to hold before a change is merged; `npm test` builds first, and that is where types are checked.
//   node scripts/test.mjs            all of it
//   node scripts/test.mjs lint unit  only these
//   node scripts/test.mjs --full     the long form of the tests that are shortened otherwise
// The static checks run side by side (each is a process of its own), then the tests, spread over the cores. End-to-end tests come last: they bring real servers and load.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleTests } from './lib/bundle.mjs';
import { run } from './lib/run.mjs';
import { runTestFiles } from './lib/test-files.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Each static check counts as one test. */
const STATIC_CHECKS = {
  lint: [bin('oxlint')],
  format: [bin('prettier'), '--check', '--log-level', 'warn', '.'],
  exports: [bin('knip')],
};
/**
 * A file is a process of its own where it has servers to look after. Unit tests share nothing: gathered in one process for
 * each core, they take a third of the time, for most of it is the start of the processes.
 */
const SUITES = {
  unit: { folder: 'dist/test/unit', prepare: gathered, jobs: availableParallelism(), timeoutS: 600 },
  // One more than there are cores: each of them waits for something now and then.
  e2e: { folder: 'dist/test/e2e', prepare: bundled, jobs: availableParallelism() + 1, timeoutS: 120 },
};

const started = performance.now();
const total = { passed: 0, failed: 0 };
const full = process.argv.includes('--full');
const wanted = process.argv.slice(2).filter((name) => name !== '--full');
/** Limit for one file, in seconds. */
const FULL_TIMEOUT_S = 3600;
if (full) process.env.HOLDFAST_TEST_FULL = '1';
// What users run. A test that is run by hand takes dist/src/, which the compiler alone keeps up to date.
process.env.HOLDFAST_TEST_PROGRAM = join(root, 'dist/holdfast/main.js');
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

/** Writes files that import the given ones, one for each core, and names those instead. */
function gathered(name, files) {
  const groups = availableParallelism();
  const folder = join('dist', 'test', 'gathered');
  mkdirSync(join(root, folder), { recursive: true });
  return Array.from({ length: groups }, (_, group) => {
    const part = files.filter((_file, at) => at % groups === group);
    const path = join(folder, `${name}-${group}.js`);
    writeFileSync(join(root, path), part.map((file) => `import '${relative(folder, file)}';\n`).join(''));
    return path;
  });
}

/** Half of what a short file costs is to load what it needs. */
function bundled(_name, files) {
  return bundleTests(root, files);
}

async function runSuite(name, { folder, prepare, jobs, timeoutS }) {
  const found = testFiles(folder);
  if (found.length === 0) {
    report(name, { passed: 0, failed: 1 }, `There is no test in ${folder}.`, 0);
    return;
  }
  const from = performance.now();
  const files = await prepare(name, found);
  const options = { jobs, timeoutS: full ? FULL_TIMEOUT_S : timeoutS };
  const { output, skipped, ...counts } = await runTestFiles(root, files, options);
  report(name, counts, output, performance.now() - from);
  for (const why of skipped) console.log(`     ${name}: some are skipped: ${why}`);
}

await Promise.all(
  Object.entries(STATIC_CHECKS)
    .filter(([name]) => isWanted(name))
    .map(runStatic),
);
for (const [name, suite] of Object.entries(SUITES)) if (isWanted(name)) await runSuite(name, suite);

console.log(`\n${((performance.now() - started) / 1000).toFixed(1)} s`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
