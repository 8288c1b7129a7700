import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { scaled } from '../../support/scale.js';

const MAIN = fileURLToPath(new URL('../../simulation/main.js', import.meta.url));

/** In a process of its own: timers and sockets are replaced there. @returns what it printed, and how it ended. */
async function simulate(...args: readonly string[]): Promise<{ readonly printed: string; readonly status: unknown }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [status] = (await once(child, 'close')) as readonly unknown[];
  return { printed, status };
}

void t.test('every promise is kept in each of many runs, with and without faults', async (t) => {
  const { printed, status } = await simulate('--seeds', String(scaled(100, 2000)));
  t.equal(status, 0, printed);
  t.comment(printed);
});

void t.test('when somebody else moves the master, nobody is told an error', async (t) => {
  const { printed, status } = await simulate('--kind', 'human', '--seeds', String(scaled(20, 400)));
  t.equal(status, 0, printed);
});

void t.test('a seed makes the same run each time, whatever ran before it', async (t) => {
  const hashes = (printed: string): readonly string[] => printed.split('\n').filter((line) => line.startsWith('seed '));
  const [many, few] = await Promise.all([
    simulate('--from', '1000', '--seeds', '12', '--hashes'),
    simulate('--from', '1006', '--seeds', '6', '--hashes'),
  ]);
  t.equal(hashes(few.printed).length, 6, few.printed);
  t.same(hashes(many.printed).slice(-6), hashes(few.printed));
});
