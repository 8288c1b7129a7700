import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { killAtExit } from '../../test/support/child-processes.js';

const HOST = fileURLToPath(new URL('environment-host.js', import.meta.url));

/** The servers of an environment, in a process of their own. */
export class HostedEnvironment {
  readonly nodes: readonly string[];
  readonly flags: readonly string[];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, nodes: readonly string[], flags: readonly string[]) {
    this.#child = child;
    this.nodes = nodes;
    this.flags = flags;
  }

  /** Rejects when the process ends before its servers are there. */
  static async start(name: string): Promise<HostedEnvironment> {
    const child = fork(HOST, [name]);
    killAtExit(child);
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the environment ${name} did not start`);
    });
    const [told] = (await Promise.race([once(child, 'message'), ended])) as [
      { readonly nodes: readonly string[]; readonly flags: readonly string[] },
    ];
    ended.catch(() => undefined);
    return new HostedEnvironment(child, told.nodes, told.flags);
  }

  async dispose(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
