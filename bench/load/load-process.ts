import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { NodeId } from '../../src/config/node-address.js';
import type { LoadCommand, LoadEvent, LoadProgress, LoadReport, LoadWindow } from './messages.js';
import type { LoadSettings } from './settings.js';

interface LoadProcessEvents {
  progress: [LoadProgress];
  slower: [number];
}

/** The parent's side of the load process. Every method rejects when that process fails or ends. */
export class LoadProcess {
  /** `progress` ten times a second; `slower` when the machine can not sustain the rate, with the one it goes on at. */
  readonly events = new EventEmitter<LoadProcessEvents>();
  readonly #child: ChildProcess;
  readonly #waiting = new Set<{ take: (event: LoadEvent) => boolean; fail: (error: Error) => void }>();
  #windows = 0;
  /** Why nothing can be asked any more. */
  #ended: Error | null = null;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (event: LoadEvent) => this.#receive(event));
    child.on('exit', (code, signal) => {
      this.#ended = new Error(`the load process ended (${signal ?? code})`);
      this.#fail(this.#ended);
    });
    child.on('error', (error) => this.#break(error));
  }

  /** Settles when all connections are open and the schedule has begun. */
  static async start(settings: LoadSettings): Promise<LoadProcess> {
    const worker = fileURLToPath(new URL('./load-worker.js', import.meta.url));
    const load = new LoadProcess(fork(worker, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    try {
      await load.#ask({ type: 'start', settings }, (event) => (event.type === 'ready' ? true : null));
      return load;
    } catch (error) {
      await load.stop();
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Tells clients that follow the master where it is now. */
  announce(master: NodeId): void {
    if (this.#ended === null) this.#child.send({ type: 'announce', master } satisfies LoadCommand);
  }

  /** Does not lower the rate any more: a way to move the master may spoil second after second. */
  keepRate(): void {
    if (this.#ended === null) this.#child.send({ type: 'keep-rate' } satisfies LoadCommand);
  }

  /** What the clients saw between two moments of `monotonicMs`, so far as they have been answered. */
  window(fromMs: number, toMs: number): Promise<LoadWindow> {
    const id = ++this.#windows;
    return this.#ask({ type: 'window', id, fromMs, toMs }, (event) =>
      event.type === 'window' && event.id === id ? event.window : null,
    );
  }

  /** Ends the load. Settles when what was in flight has been answered, or will not be: a window can tell it all then. */
  async drain(): Promise<void> {
    await this.#ask({ type: 'drain' }, (event) => (event.type === 'drained' ? true : null));
  }

  /** Ends the load and judges it against what `master` holds. The process is gone afterwards. */
  async finish(master: NodeId): Promise<LoadReport> {
    const report = await this.#ask({ type: 'finish', master }, (event) =>
      event.type === 'report' ? event.report : null,
    );
    await this.stop();
    return report;
  }

  /** Ends the process without a verdict; harmless when it has ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  #ask<T>(command: LoadCommand, pick: (event: LoadEvent) => T | null): Promise<T> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise<T>((resolve, reject) => {
      const waiter = {
        take: (event: LoadEvent): boolean => {
          const picked = pick(event);
          if (picked !== null) resolve(picked);
          return picked !== null;
        },
        fail: reject,
      };
      this.#waiting.add(waiter);
      this.#child.send(command);
    });
  }

  #receive(event: LoadEvent): void {
    if (event.type === 'progress') this.events.emit('progress', event.progress);
    else if (event.type === 'slower') this.events.emit('slower', event.ratePerSecond);
    else if (event.type === 'failed') this.#fail(new Error(event.message));
    for (const waiter of this.#waiting) if (waiter.take(event)) this.#waiting.delete(waiter);
  }

  /** A process that can not be told anything is of no use; its end says why. One that could not be started has no end. */
  #break(error: Error): void {
    if (this.#child.pid !== undefined) this.#child.kill('SIGKILL');
    else this.#fail((this.#ended = error));
  }

  #fail(error: Error): void {
    for (const waiter of this.#waiting) waiter.fail(error);
    this.#waiting.clear();
  }
}
