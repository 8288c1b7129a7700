import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { until } from '../../support/until.js';

/** A process that starts another one, has it guarded, says its number and waits. */
const PARENT = `
  const [{ spawn }, { Guard }] = await Promise.all([import('node:child_process'), import(process.argv[1])]);
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  const guard = await Guard.start();
  guard.watch(child.pid);
  process.stdout.write(String(child.pid) + '\\n');
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

await t.test('what is guarded ends when its parent is killed', async (t) => {
  const guard = new URL('../../../bench/support/guard.js', import.meta.url).href;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, guard], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  t.ok(isAlive(pid));
  parent.kill('SIGKILL');
  await until('the guarded process has ended', () => !isAlive(pid));
});
