import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ConnectionsOpen, OpenConnections } from './messages.js';

/** Connections that say a few words and then nothing, held by a process of their own. */
export class IdleClients {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(fileURLToPath(new URL('./idle-clients-worker.js', import.meta.url)));
  }

  /**
   * Opens `count` more connections to `port`, each of which says these inline requests and takes one reply to each.
   * @returns how many are open now. Rejects when the process ends.
   */
  async open(port: number, count: number, says: readonly string[]): Promise<number> {
    const ended = new AbortController();
    const exit = (): void => ended.abort(new Error('the process that holds the connections has ended'));
    this.#child.once('exit', exit);
    try {
      // What can not be sent any more: its end tells.
      this.#child.send({ port, count, says } satisfies OpenConnections, () => undefined);
      const [answer] = (await once(this.#child, 'message', { signal: ended.signal })) as [ConnectionsOpen];
      return answer.open;
    } finally {
      this.#child.off('exit', exit);
    }
  }

  /** Ends all of them at once. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }
}

/** How many files a process may open here; a Node process takes the hard limit by itself. */
export function openFilesLimit(): number {
  try {
    const found = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return found === undefined ? Number.POSITIVE_INFINITY : Number(found);
  } catch {
    return 0;
  }
}
