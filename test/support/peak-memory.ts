import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const KIB = 1024;

/** Why the memory of a process can not be observed here; empty where it can. */
export const NO_PEAK_MEMORY = existsSync('/proc/self/clear_refs')
  ? ''
  : 'skipped: the peak of another process can be read on Linux only';

/** What a process takes of the memory of the machine, from outside: nothing that it does can hide from that. */
export class PeakMemory {
  readonly #pid: number;
  #before = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.restart();
  }

  /** Bytes now (resident set). */
  get now(): number {
    return this.#read('VmRSS');
  }

  /** The most since the last {@link restart} above what it was then, in bytes. */
  get growth(): number {
    return this.#read('VmHWM') - this.#before;
  }

  restart(): void {
    // "5" sets the peak back to what is in use now (proc(5)).
    writeFileSync(`/proc/${this.#pid}/clear_refs`, '5');
    this.#before = this.now;
  }

  #read(field: 'VmRSS' | 'VmHWM'): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
    if (found === undefined) throw new Error(`no ${field} of process ${this.#pid}`);
    return Number(found) * KIB;
  }
}

/** How many files and sockets a process has open; Linux only. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
