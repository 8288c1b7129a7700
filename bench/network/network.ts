import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { NodeId } from '../../src/config/node-address.js';
import { killAtExit } from '../../test/support/child-processes.js';
import { connectTo } from '../support/node-client.js';
import { quantile } from '../support/quantile.js';
import type { RelayAnswer, RelayRequest } from './delay-worker.js';

const PINGS = 200;

/** How the parties of a measurement reach each other. */
export class Network {
  readonly #delayMs: number;
  readonly #relays: ChildProcess | null;
  #asked = 0;

  private constructor(delayMs: number, relays: ChildProcess | null) {
    this.#delayMs = delayMs;
    this.#relays = relays;
  }

  /** @param delayMs how long everything is on its way, one way; 0: as fast as loopback is. */
  static start(delayMs: number): Network {
    if (delayMs === 0) return new Network(0, null);
    const relays = fork(fileURLToPath(new URL('./delay-worker.js', import.meta.url)), { execArgv: [] });
    killAtExit(relays);
    return new Network(delayMs, relays);
  }

  get pids(): readonly number[] {
    return this.#relays?.pid === undefined ? [] : [this.#relays.pid];
  }

  /** @returns the address at which everybody reaches `target`. */
  async reach(target: NodeId): Promise<NodeId> {
    const relays = this.#relays;
    if (relays === null) return target;
    const id = ++this.#asked;
    const answer = new Promise<NodeId>((resolve, reject) => {
      const take = (message: RelayAnswer): void => {
        if (message.id !== id) return;
        relays.off('message', take);
        resolve(message.relay);
      };
      relays.on('message', take);
      relays.once('exit', () => reject(new Error('the delaying relay ended')));
    });
    // What can not be sent any more: its end tells.
    relays.send({ id, target, delayMs: this.#delayMs } satisfies RelayRequest, () => undefined);
    return answer;
  }

  async close(): Promise<void> {
    if (this.#relays === null || this.#relays.exitCode !== null || this.#relays.signalCode !== null) return;
    const exit = once(this.#relays, 'exit');
    this.#relays.kill('SIGKILL');
    await exit;
  }
}

/** Median round trip to a server that has nothing else to do, ms. */
export async function roundTripMs(node: NodeId): Promise<number> {
  const redis = await connectTo(node);
  try {
    const trips: number[] = [];
    for (let ping = 0; ping < PINGS; ping++) {
      const start = performance.now();
      await redis.ping();
      trips.push(performance.now() - start);
    }
    return quantile(trips, 0.5);
  } finally {
    redis.disconnect();
  }
}
