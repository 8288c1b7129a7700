import { readdirSync, readFileSync } from 'node:fs';
import { childrenOf } from './faults/children.js';
import type { Footprint } from './tally.js';

const KIB_PER_MIB = 1024;

/** What a process and its children take now; null when one of them ends meanwhile. */
export function footprintOf(pid: number): Omit<Footprint, 'atMinutes'> | null {
  try {
    const pids = [pid, ...childrenOf(pid)];
    return {
      pid,
      residentMiB: total(pids, residentMiB),
      descriptors: total(pids, (each) => readdirSync(`/proc/${each}/fd`).length),
    };
  } catch {
    return null;
  }
}

function total(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + of(pid), 0);
}

function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kib) / KIB_PER_MIB;
}
