import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import type { CodeFigures } from './ready-code-child.js';

const CHILD = fileURLToPath(new URL('ready-code-child.js', import.meta.url));
const KB = 1024;

async function figuresOf(folder: string, how: 'ready' | 'plain'): Promise<CodeFigures> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--stress-flush-code', CHILD, folder, how]);
  return JSON.parse(stdout) as CodeFigures;
}

await t.test(
  'code that is kept ready is compiled when it is loaded, learns at its first call, and stays',
  async (t) => {
    const folder = t.testdir();
    const [ready, plain] = await Promise.all([figuresOf(folder, 'ready'), figuresOf(folder, 'plain')]);
    t.ok(ready.compiledAtOnce > 200 * KB, `${ready.compiledAtOnce} bytes compiled at once`);
    const learned = ready.rest - plain.rest;
    t.ok(learned > 200 * KB, `${learned} bytes of what was learned`);
    t.ok(ready.compiledAtLast >= ready.compiledAtOnce, `${ready.compiledAtLast} bytes kept`);
    // Otherwise the figures would say nothing.
    t.ok(plain.compiledAtOnce < 50 * KB, `${plain.compiledAtOnce} bytes compiled at once without it`);
    t.ok(plain.compiledAtLast < 50 * KB, `${plain.compiledAtLast} bytes kept without it`);
  },
);
