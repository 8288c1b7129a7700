import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

let ticksPerSecond: number | undefined;

/**
 * CPU that a process has used so far, user and system, in µs: the run time of all its threads from `schedstat`, which
 * counts ns. Kernels without it have `stat`, in steps of 10 ms as a rule.
 */
export function processCpuUs(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, thread) => sum + runTimeNs(`/proc/${pid}/task/${thread}/schedstat`), 0) / 1e3;
  } catch {
    return tickedCpuUs(pid);
  }
}

function runTimeNs(path: string): number {
  return Number(readFileSync(path, 'latin1').split(' ')[0]);
}

function tickedCpuUs(pid: number): number {
  ticksPerSecond ??= Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in parentheses may hold blanks; counted from behind it, utime and stime are fields 12 and 13.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}
