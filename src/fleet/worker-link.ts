import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/settings.js';
import { StreamChannel, type Channel } from './channel.js';
import type { MemberLink } from './remote-member.js';

/** The channel, as the worker finds it. Not the one of `fork`: there, messages wait behind each connection that is handed over. */
export const CHANNEL_FD = 4;

/** A process that was killed is gone in a moment; one that was asked to go has said all it wanted to say. */
const EXIT_MS = 1000;

/** What a worker has to know to begin; the first message that it gets. */
export interface Welcome {
  /** Its number, 1 to `workers`; of one that is started anew, that of one that has ended. */
  readonly worker: number;
  readonly config: Config;
}

/** With each connection that is handed over. */
export interface HandedConnection {
  /** The number of the client. */
  readonly id: number;
  /** Which of the addresses of `listen` it came to. */
  readonly door: number;
}

/** A worker process, which the coordinator started. It ends with the coordinator, however that ends: its channel closes. */
export class WorkerLink implements MemberLink {
  readonly name: string;
  readonly channel: Channel;
  readonly #child: ChildProcess;
  #ending: Promise<void> | null = null;

  constructor(welcome: Welcome) {
    this.#child = fork(fileURLToPath(new URL('../worker.js', import.meta.url)), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    this.name = String(welcome.worker);
    const stream = this.#child.stdio[CHANNEL_FD];
    if (!(stream instanceof Duplex)) throw new Error('a worker has no channel');
    this.channel = new StreamChannel(stream);
    // What can not be sent any more: its channel tells.
    this.#child.on('error', () => undefined);
    this.#child.send(welcome);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Hands a connection over; this process keeps it open too until the worker has it. */
  give(connection: HandedConnection, socket: Socket): void {
    if (this.#child.connected) this.#child.send(connection, socket, { keepOpen: true }, () => undefined);
  }

  end(): Promise<void> {
    this.#ending ??= this.#kill();
    return this.#ending;
  }

  /** Lets it go when it has nothing left to do. */
  dismiss(): Promise<void> {
    this.#ending ??= this.#dismiss();
    return this.#ending;
  }

  async #kill(): Promise<void> {
    if (this.#hasExited) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    // From here on it does not run any more, also where the system takes its time to say so.
    await Promise.race([exited, delay(EXIT_MS, undefined, { ref: false })]);
  }

  async #dismiss(): Promise<void> {
    if (this.#hasExited) return;
    const exited = once(this.#child, 'exit');
    this.channel.close();
    await Promise.race([exited, delay(EXIT_MS, undefined, { ref: false })]);
    await this.#kill();
  }

  get #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }
}
