import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Ends child processes also when this process is killed in a way that leaves it no time to (SIGKILL, out of memory):
 * a second process notices that the channel between them breaks.
 */
export class Guard {
  readonly #pids = new Set<number>();
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Settles when the guard listens; a parent that is killed before that has started nothing yet. */
  static async start(): Promise<Guard> {
    // In a process group of its own: Ctrl-C must reach it last, not first.
    const child = fork(fileURLToPath(new URL('./guard-worker.js', import.meta.url)), {
      detached: true,
      stdio: 'ignore',
      execArgv: [],
    });
    await once(child, 'message');
    // A run that fails early must be able to end; the guard then notices, as it does in every other case.
    child.unref();
    child.channel?.unref();
    return new Guard(child);
  }

  watch(...pids: readonly number[]): void {
    for (const pid of pids) this.#pids.add(pid);
    // Without a guard the measurement is still good: only a kill of this process would leave others behind.
    this.#child.send([...this.#pids], () => undefined);
  }

  /** To be called when all that was watched has ended: numbers of processes are used again. */
  release(): void {
    this.#child.kill('SIGKILL');
  }
}
