import { EventEmitter } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { EventLoop } from './event-loop.js';
import type { Network } from './network.js';
import type { SimProcess } from './sim-process.js';
import { SimSocket, type SimSocketOptions } from './sim-socket.js';
import { SimTimer } from './timers.js';

interface Place {
  readonly loop: EventLoop;
  readonly network: Network;
}

type Callback = (...args: unknown[]) => void;

/** Where the product runs at the moment. There is one global `setTimeout`, so there is one of this. */
let here: Place | null = null;

/** From now on, timers, clocks, chance and connections of this process are those of the simulated world. */
export function enter(place: Place | null): void {
  here = place;
}

function world(): Place {
  if (here === null) throw new Error('there is no world to run in');
  return here;
}

function running(): SimProcess {
  const owner = here?.loop.current ?? null;
  if (owner === null) throw new Error('nothing of the product may run outside of an event');
  return owner;
}

/**
 * Replaces what Node gives a program to reach the world with: timers, clocks, chance, sockets. To be called once, in a process
 * that does nothing else. The product is not changed for this, and does not know.
 */
export function replaceNode(): void {
  // Made at their first use, of what is replaced below.
  void [process.stdout, process.stderr];
  const require = createRequire(import.meta.url);
  replaceTimers(require('node:timers/promises') as Record<string, unknown>);
  const net = require('node:net') as Record<string, unknown>;
  net['Socket'] = SimSocket;
  net['connect'] = dial;
  net['createConnection'] = dial;
  net['createServer'] = (_options: unknown, take: (socket: SimSocket) => void) => new SimServer(take);
  syncBuiltinESMExports();
}

function replaceTimers(promises: Record<string, unknown>): void {
  const [realInterval, realClear] = [setInterval, clearInterval];
  const timer =
    (repeats: boolean) =>
    (run: Callback, ms: number, ...args: unknown[]) => {
      // redis-parser shrinks a buffer that all of this process share: of no simulated process.
      if (run.name === 'decreaseBufferPool') return realInterval(run, ms).unref();
      return new SimTimer(world().loop, running(), ms, repeats, () => run(...args));
    };
  const stop = (timer: unknown): void => {
    if (timer instanceof SimTimer) timer.close();
    else if (timer !== undefined && timer !== null) realClear(timer as NodeJS.Timeout);
  };
  Object.assign(globalThis, {
    setTimeout: timer(false),
    setInterval: timer(true),
    clearTimeout: stop,
    clearInterval: stop,
    setImmediate: (run: Callback, ...args: unknown[]) => world().loop.immediate(running(), () => run(...args)),
    clearImmediate: (entry: { run: unknown } | undefined) => {
      if (entry !== undefined) entry.run = null;
    },
  });
  promises['setTimeout'] = (ms: number, value: unknown, options?: { readonly ref?: boolean }) =>
    new Promise((resolve) => {
      const timer = new SimTimer(world().loop, running(), ms, false, () => resolve(value));
      if (options?.ref === false) timer.unref();
    });
  const startedAt = Date.UTC(2026, 0, 1);
  const memory = process.memoryUsage();
  process.memoryUsage = Object.assign(() => memory, { rss: () => memory.rss });
  performance.now = () => here?.loop.now ?? 0;
  Date.now = () => startedAt + (here?.loop.now ?? 0);
  Math.random = () => here?.loop.dice.next() ?? 0;
}

interface DialOptions extends SimSocketOptions {
  readonly host: string;
  readonly port: number;
}

function dial(options: DialOptions, opened?: () => void): SimSocket {
  const { host, port, allowHalfOpen, onread } = options;
  const handle = world().network.connect(running(), `${host}:${port}`);
  const socket = new SimSocket({
    handle,
    ...(allowHalfOpen === undefined ? {} : { allowHalfOpen }),
    ...(onread === undefined ? {} : { onread }),
  });
  if (opened !== undefined) socket.once('connect', opened);
  return socket;
}

/** What the product gets for a `net.Server`. */
class SimServer extends EventEmitter {
  readonly #take: (socket: SimSocket) => void;
  #address: { readonly address: string; readonly port: number } | null = null;
  #stop: () => void = () => undefined;

  constructor(take: (socket: SimSocket) => void) {
    super();
    this.#take = take;
  }

  listen({ host, port }: { readonly host: string; readonly port: number }, listening: () => void): this {
    const { loop, network } = world();
    const owner = running();
    this.#address = { address: host, port };
    this.#stop = network.listen(`${host}:${port}`, {
      process: owner,
      accept: (handle) => this.#take(new SimSocket({ handle, allowHalfOpen: true })),
    });
    loop.after(owner, 0, 'listening', listening);
    return this;
  }

  address(): { readonly address: string; readonly port: number } | null {
    return this.#address;
  }

  close(): this {
    this.#stop();
    return this;
  }
}
