import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Ends child processes also when this process is killed in a way that leaves it no time to (SIGKILL, out of memory):
 * a second process notices that the channel between them breaks.
 */
export class Guard {
  readonly #pids = new Set<number>();
  // In a process group of its own: Ctrl-C must reach it last, not first.
  readonly #child = fork(fileURLToPath(new URL('./guard-worker.js', import.meta.url)), {
    detached: true,
    stdio: 'ignore',
  });

  watch(...pids: readonly number[]): void {
    for (const pid of pids) this.#pids.add(pid);
    this.#child.send([...this.#pids]);
  }

  /** To be called when all that was watched has ended: numbers of processes are used again. */
  release(): void {
    this.#child.kill('SIGKILL');
  }
}
