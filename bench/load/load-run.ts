import { setTimeout as delay } from 'node:timers/promises';
import type { NodeId } from '../../src/config/node-address.js';
import { ClientHistory } from './client-history.js';
import { addFindings, NO_FINDINGS } from './findings.js';
import { ClientFrames } from './frames.js';
import { judge } from './judge.js';
import { Ledger } from './ledger.js';
import { LoadClient } from './load-client.js';
import type { LoadProgress, LoadReport, LoadWindow } from './messages.js';
import { monotonicMs } from './monotonic.js';
import { OPERATIONS_PER_SET } from './operation.js';
import { RateGuard } from './rate-guard.js';
import { readBack } from './read-back.js';
import { Schedule } from './schedule.js';
import { SentinelWatch } from './sentinel-watch.js';
import type { LoadSettings } from './settings.js';

/** Timers of Node have no finer grain. */
const TICK_MS = 1;

/** Clients that are all thrown out at once, or servers that are slow to accept, are given so long. */
const CONNECT_WITHIN_MS = 10_000;

/** Replies that have not come by then will not come. */
const DRAIN_WITHIN_MS = 5_000;

const LOOK_AGAIN_MS = 5;

/** What can be said of a load when its schedule ends. */
type Reached = Pick<LoadReport, 'reachedRate' | 'cores'>;

/**
 * The load: an open-loop schedule that is dealt to the clients in turn.
 *
 * 1. every tick, the operations that have become due are dealt out, `burst` at a time, to the next client that has room;
 * 2. replies go to the client's history (what it was told) and to the ledger (when, and after which wait);
 * 3. once a second the guard looks whether the machine keeps up, and slows the schedule when it does not;
 * 4. in the end the master is read directly, and each client's history is judged against it.
 */
export class LoadRun {
  readonly #settings: LoadSettings;
  readonly #histories: readonly ClientHistory[];
  readonly #clients: readonly LoadClient[];
  readonly #ledger: Ledger;
  #guard: RateGuard | null;
  readonly #writes: Schedule;
  readonly #reads: Schedule;
  #sentinel: SentinelWatch | null = null;
  #target: NodeId;
  #rate: number;
  #startedMs: number;
  #ticker: NodeJS.Timeout | null = null;
  /** Known once the schedule has ended. */
  #reached: Reached | null = null;
  #second = { atMs: 0, sets: 0 };
  #last = { atMs: 0, sets: 0 };
  /** Told that the schedule goes on at a lower rate. */
  onSlower: (ratePerSecond: number) => void = () => {};

  private constructor(settings: LoadSettings) {
    this.#settings = settings;
    this.#target = settings.target;
    this.#rate = settings.rate;
    this.#startedMs = monotonicMs();
    this.#ledger = new Ledger(this.#startedMs);
    this.#guard = new RateGuard(settings.rate);
    const { connections, readers, burst } = settings;
    this.#histories = Array.from({ length: connections + readers }, (_, client) => new ClientHistory(client));
    this.#clients = this.#histories.map((history) => this.#newClient(history));
    this.#writes = new Schedule(this.#clients.slice(0, connections), burst, this.#startedMs);
    this.#reads = new Schedule(this.#clients.slice(connections), 1, this.#startedMs);
  }

  /** Settles when every client is connected and the schedule has begun. */
  static async start(settings: LoadSettings): Promise<LoadRun> {
    const run = new LoadRun(settings);
    if (settings.sentinel !== null) {
      run.#sentinel = await SentinelWatch.connect(settings.sentinel, () => {
        for (const client of run.#clients) client.leave();
      });
    }
    for (const client of run.#clients) client.connect();
    await run.#begin();
    return run;
  }

  async #begin(): Promise<void> {
    const deadlineMs = monotonicMs() + CONNECT_WITHIN_MS;
    while (!this.#clients.every((client) => client.isReady)) {
      const failed = this.#clients.find((client) => client.connectError !== null)?.connectError;
      if (failed) throw new Error(`a client could not connect: ${failed.message}`, { cause: failed });
      if (monotonicMs() > deadlineMs) throw new Error(`${this.#target} did not accept all connections`);
      await delay(LOOK_AGAIN_MS);
    }
    const now = monotonicMs();
    this.#startedMs = now;
    this.#second = { atMs: now, sets: 0 };
    this.#last = { atMs: now, sets: 0 };
    this.#writes.restart(this.#rate * OPERATIONS_PER_SET, now);
    this.#reads.restart(this.#settings.readRate, now);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
  }

  #newClient(history: ClientHistory): LoadClient {
    const { keyPrefix, size, maxInFlight, follow, sentinel, connections } = this.#settings;
    return new LoadClient({
      frames: new ClientFrames(keyPrefix, history.client, size),
      history,
      ledger: this.#ledger,
      maxInFlight,
      locate: () => this.#sentinel?.master() ?? Promise.resolve(this.#target),
      follow: follow || sentinel !== null,
      readsOnly: history.client >= connections,
    });
  }

  keepRate(): void {
    this.#guard = null;
  }

  announce(master: NodeId): void {
    this.#target = master;
  }

  window(fromMs: number, toMs: number): LoadWindow {
    const { timeline, reads } = this.#ledger;
    return { ...timeline.window(fromMs, toMs), maxReadWaitMs: reads.window(fromMs, toMs).maxWaitMs };
  }

  progress(): LoadProgress {
    const now = monotonicMs();
    const sets = this.#ledger.acknowledgedSets;
    const window = this.window(this.#last.atMs, now);
    const setsPerSecond = ((sets - this.#last.sets) * 1000) / Math.max(1, now - this.#last.atMs);
    this.#last = { atMs: now, sets };
    return {
      acknowledgedWrites: this.#ledger.acknowledgedWrites,
      acknowledgedReads: this.#ledger.acknowledgedReads,
      setsPerSecond: Math.round(setsPerSecond),
      maxWaitMs: window.maxWaitMs,
      maxGapMs: window.maxGapMs,
      errors: this.#ledger.errors,
      disconnects: this.#ledger.disconnects,
    };
  }

  /**
   * Stops the schedule, and waits for what is in flight. What never gets a reply stays there, and becomes unknown when the
   * connections are closed.
   */
  async drain(): Promise<void> {
    this.#reached ??= this.#stopSchedule();
    const deadlineMs = monotonicMs() + DRAIN_WITHIN_MS;
    while (this.#clients.some((client) => client.unanswered > 0) && monotonicMs() < deadlineMs) {
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** Stops the schedule, waits for what is in flight, and judges. Rejects when `master` can not be read. */
  async finish(master: NodeId): Promise<LoadReport> {
    const ledger = this.#ledger;
    const reached = (this.#reached ??= this.#stopSchedule());
    await this.drain();
    for (const client of this.#clients) client.close();
    this.#sentinel?.close();
    const states = await readBack(master, this.#settings.keyPrefix, this.#clients.length);
    const findings = this.#histories
      .map((history, client) => judge(history, states[client] ?? { counter: 0, list: [], values: [] }))
      .reduce(addFindings, NO_FINDINGS);
    return {
      ...findings,
      acknowledgedWrites: ledger.acknowledgedWrites,
      acknowledgedReads: ledger.acknowledgedReads,
      errors: ledger.errors,
      errorTexts: ledger.errorTexts(),
      unknown: ledger.unknown,
      disconnects: ledger.disconnects,
      reconnects: ledger.reconnects,
      waitP50Ms: ledger.waits.quantile(0.5),
      waitP99Ms: ledger.waits.quantile(0.99),
      waitMaxMs: ledger.waits.max,
      wantedRate: this.#settings.rate,
      finalRate: this.#rate,
      ...reached,
    };
  }

  #stopSchedule(): Reached {
    if (this.#ticker !== null) clearInterval(this.#ticker);
    const seconds = (monotonicMs() - this.#startedMs) / 1000;
    const { user, system } = process.cpuUsage();
    const cores = (user + system) / 1e6 / seconds;
    return {
      reachedRate: Math.round(this.#ledger.acknowledgedSets / seconds),
      cores: Math.round(cores * 100) / 100,
    };
  }

  #tick(): void {
    const now = monotonicMs();
    this.#writes.tick(now);
    this.#reads.tick(now);
    if (now - this.#second.atMs >= 1000) this.#guardSecond(now);
  }

  #guardSecond(now: number): void {
    const sets = this.#ledger.acknowledgedSets;
    const lower = this.#guard?.second(((sets - this.#second.sets) * 1000) / (now - this.#second.atMs)) ?? null;
    this.#second = { atMs: now, sets };
    if (lower === null) return;
    this.#rate = lower;
    this.#writes.restart(lower * OPERATIONS_PER_SET, now);
    this.onSlower(lower);
  }
}
