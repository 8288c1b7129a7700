import type { EventLoop } from './event-loop.js';
import { Endpoint } from './endpoint.js';
import { SimProcess } from './sim-process.js';

/** Who listens at an address. */
export interface Listening {
  readonly process: SimProcess;
  readonly accept: (endpoint: Endpoint) => void;
}

/** How long bytes travel, and what may go wrong with them. */
export interface Weather {
  /** Least and most time of a piece on its way, ms. */
  latencyMs: readonly [least: number, most: number];
  /** How often a piece takes `spikeMs` longer. */
  spikes: number;
  spikeMs: number;
  /** How often what was written at once arrives in pieces. */
  slices: number;
  /** How many connections are up to `SLOWEST` times slower than the others. */
  slow: number;
  /** What a connection takes before somebody reads it, bytes; in each direction. */
  windowBytes: number;
}

const SLOWEST = 15;

/** All connections of a simulated world. */
export class Network {
  readonly loop: EventLoop;
  readonly weather: Weather;
  /** What systems do for their processes, alive or not. */
  readonly wire = new SimProcess('wire', 0);
  readonly #listening = new Map<string, Listening>();
  readonly connections = new Set<Endpoint>();
  /** Pairs of processes between which nothing travels: `name name`. */
  readonly #cut = new Set<string>();
  #lastPort = 40_000;
  #numbers = 0;

  constructor(loop: EventLoop, weather: Weather) {
    this.loop = loop;
    this.weather = weather;
  }

  /** @returns what stops it; those who are there stay. */
  listen(address: string, listening: Listening): () => void {
    if (this.#listening.has(address)) throw new Error(`EADDRINUSE ${address}`);
    this.#listening.set(address, listening);
    const stop = (): void => void this.#listening.delete(address);
    listening.process.onDeath.add(stop);
    return stop;
  }

  /** Dials. The endpoint tells what comes of it; what is written meanwhile is sent then. */
  connect(from: SimProcess, address: string): Endpoint {
    const port = ++this.#lastPort;
    const own = new Endpoint(this, from, `10.0.9.${from.number}:${port}`, address, ++this.#numbers);
    this.#dial(own, address);
    return own;
  }

  /** Nothing travels between the two from now on; what is under way waits. */
  cut(a: SimProcess, b: SimProcess): void {
    this.#cut.add(pair(a, b));
  }

  heal(a: SimProcess, b: SimProcess): void {
    if (!this.#cut.delete(pair(a, b))) return;
    for (const endpoint of this.connections) endpoint.flow();
  }

  healAll(): void {
    this.#cut.clear();
    for (const endpoint of this.connections) endpoint.flow();
  }

  isCut(a: SimProcess, b: SimProcess): boolean {
    return this.#cut.size > 0 && this.#cut.has(pair(a, b));
  }

  /** How much slower than others a new connection is. */
  slowness(): number {
    const { dice } = this.loop;
    return dice.chance(this.weather.slow) ? dice.between(1, SLOWEST) : 1;
  }

  latency(): number {
    const { dice } = this.loop;
    const { latencyMs, spikes, spikeMs } = this.weather;
    const ms = dice.between(...latencyMs);
    return dice.chance(spikes) ? ms + dice.upTo(spikeMs) : ms;
  }

  #dial(own: Endpoint, address: string): void {
    const { loop } = this;
    loop.after(own.process, this.latency() * 2, `dial ${address}`, () => {
      if (own.closed) return;
      const listening = this.#listening.get(address);
      if (listening !== undefined && this.isCut(own.process, listening.process)) {
        // A SYN is sent again after a while.
        loop.after(own.process, 50, 'syn', () => this.#dial(own, address));
        return;
      }
      if (listening === undefined || !listening.process.alive) {
        own.fail('ECONNREFUSED');
        return;
      }
      const theirs = new Endpoint(this, listening.process, address, own.local, own.number);
      own.meet(theirs);
      // The system has taken it, also of a process that stands still.
      loop.after(listening.process, 0, 'accept', () => {
        if (!theirs.closed) listening.accept(theirs);
      });
      own.opened();
    });
  }
}

function pair(a: SimProcess, b: SimProcess): string {
  return a.number < b.number ? `${a.number} ${b.number}` : `${b.number} ${a.number}`;
}
