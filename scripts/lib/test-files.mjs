import { rm } from 'node:fs/promises';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';

/** A file that does not even heed its own limit is ended after this much longer. */
const MERCY_MS = 30_000;

/** How many lines of a file that failed are worth reading. */
const MOST_LINES = 400;

/**
 * Runs compiled test files, each in a process of its own, `jobs` at a time, and adds up what they say. Plain `node file`:
 * tap's own runner puts loader hooks into each process, and into each that a test starts, which cost two seconds of
 * processor time a file.
 *
 * @returns assertions passed and failed, why tests were skipped, and what the files that failed wrote.
 */
export async function runTestFiles(root, files, { jobs, timeoutS }) {
  const sum = { passed: 0, failed: 0, skipped: new Set(), output: '' };
  const waiting = [...files];
  // What a test leaves behind in the temporary directory of the system would stay there.
  const scratch = mkdtempSync(join(tmpdir(), 'holdfast-tests-'));
  const env = { ...process.env, TAP_TIMEOUT: String(timeoutS), TMPDIR: scratch };
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const timeout = timeoutS * 1000 + MERCY_MS;
      const { status, output } = await run(process.execPath, [file], {
        cwd: root,
        env,
        timeout,
        killSignal: 'SIGKILL',
      });
      const { passed, failed } = countAsserts(output, status);
      sum.passed += passed;
      sum.failed += failed;
      for (const [, why] of output.matchAll(/^ *ok \d.* # SKIP (.+)$/gm)) sum.skipped.add(why);
      if (failed > 0) sum.output += `# ${file}\n${whatWentWrong(output)}\n`;
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  await rm(scratch, { recursive: true, force: true });
  return sum;
}

/** tap's last words are `# { total: 5, pass: 3, fail: 1, skip: 1 }`; a key whose count is 0 is left out. */
function countAsserts(output, status) {
  const summary = [...output.matchAll(/^# \{ (total: .*) \}$/gm)].at(-1)?.[1] ?? '';
  const count = (key) => Number(new RegExp(`\\b${key}: (\\d+)`).exec(summary)?.[1] ?? 0);
  // A file that crashes or never ends, or holds no test, fails without a failed assertion.
  const ended = status === 0 && count('total') > 0;
  return { passed: count('pass'), failed: ended ? count('fail') : Math.max(1, count('fail')) };
}

/** What failed, and in which test; first in one line each, since whoever shows a log may show its beginning only. */
function whatWentWrong(output) {
  const lines = output.split('\n').filter((line) => !/^ *ok \d/.test(line) || / # SKIP/.test(line));
  const failed = lines.filter((line) => /^ *not ok \d/.test(line));
  return [...failed, ...lines.slice(0, MOST_LINES)].join('\n');
}
