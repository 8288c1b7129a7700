import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import t from 'tap';
import { until } from '../../support/until.js';

const HELPER = new URL('../../support/redis-server.js', import.meta.url).href;

/** Starts a program that starts a server, freezes it, and then ends in the given way. */
async function startAndEnd(ending: string) {
  const program = `
    const { RedisServer } = await import(${JSON.stringify(HELPER)});
    const server = await RedisServer.start();
    await server.freeze();
    console.log(JSON.stringify({ pid: server.pid, directory: server.directory }));
    setInterval(() => {}, 1000);
    process.stdin.once('data', () => { ${ending} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exit = once(child, 'exit');
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, exit, ...(JSON.parse(String(line)) as { pid: number; directory: string }) };
}

/** A zombie has ended: whoever inherited it only has not asked yet how. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !existsSync('/proc/self') || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

for (const [what, ending] of [
  ['exits', 'process.exit(0)'],
  ['crashes', 'throw new Error("crash")'],
  ['is terminated', 'process.kill(process.pid, "SIGTERM")'],
  ['is interrupted', 'process.kill(process.pid, "SIGINT")'],
  ['is killed', 'process.kill(process.pid, "SIGKILL")'],
] as const) {
  void t.test(`a program that ${what} leaves no server and no directory behind, not even a frozen one`, async (t) => {
    const { child, exit, pid, directory } = await startAndEnd(ending);
    child.stdin.write('\n');
    await exit;
    // The kernel takes the process away a moment after the signal.
    await until('the server is gone', () => !isAlive(pid));
    await until('its directory is gone', () => !existsSync(directory));
    t.equal(isAlive(pid), false);
  });
}
