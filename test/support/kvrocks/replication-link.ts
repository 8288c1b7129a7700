import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Relay } from '../relay.js';
import { until } from '../until.js';
import type { KvrocksDouble } from './kvrocks-double.js';
import { ReplicationTimer, sleepUntil } from './replication-timer.js';

/** A Kvrocks that lost its link sleeps so long before it connects again, ms. (Measured.) */
const RECONNECT_AFTER_MS = 1000;

/**
 * - `connecting`: it wants the stream, and says that the link is down;
 * - `restoring`: it puts a full synchronisation in place of its data, and answers next to nothing;
 * - `up`: it follows;
 * - `broken`: it lost the link, and sleeps.
 */
type LinkState = 'connecting' | 'restoring' | 'up' | 'broken';

/** A replica's link to its master: the state of it, and the timer of the thread behind it. */
export class ReplicationLink {
  readonly master: KvrocksDouble;
  readonly timer: ReplicationTimer;
  /** The master feeds it no more. */
  isKilled = false;
  readonly #replica: KvrocksDouble;
  readonly #restored = new EventEmitter();
  #state: LinkState = 'connecting';
  #relay: Relay | null = null;
  #isClosed = false;
  #connecting: Promise<void> = Promise.resolve();

  /** @param tickJitterMs by how much its ticks may miss their times, either way. */
  constructor(replica: KvrocksDouble, master: KvrocksDouble, tickJitterMs: number) {
    this.#replica = replica;
    this.master = master;
    this.timer = new ReplicationTimer(tickJitterMs);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Whether the master lists it: also a while after it was killed. */
  get isListed(): boolean {
    return this.#state === 'up';
  }

  /** Begins to replicate. Settles when the server behind the replica was told so. */
  async open(): Promise<void> {
    this.timer.restart(performance.now());
    this.#connecting = this.#connect();
    await this.#connecting;
  }

  /** The replica leaves. Nothing is said to the server behind from then on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connecting;
    void this.#relay?.close();
  }

  /** The restore under way ends now. */
  finishRestoring(): void {
    this.#restored.emit('restored');
  }

  /** The master was told to end it, and does so when it next sweeps. There is nothing to end before the stream flows. */
  kill(): void {
    if (this.isKilled || this.#state !== 'up') return;
    this.isKilled = true;
    void sleepUntil(this.master.nextSweepAt).then(() => this.lose());
  }

  /** The link breaks here and now; a second later the replica connects again. */
  async lose(): Promise<void> {
    if (this.#state === 'restoring') await once(this.#restored, 'restored');
    if (this.#isClosed || this.#state === 'broken') return;
    this.#state = 'broken';
    let reconnectAt = performance.now();
    const relay = this.#relay;
    do {
      reconnectAt += RECONNECT_AFTER_MS;
      // Ticks are missed while it sleeps: a promotion waits for the end of the sleep.
      this.timer.restart(reconnectAt);
      await Promise.all([relay?.close(), sleepUntil(reconnectAt)]);
    } while (!this.#isClosed && !this.master.isRunning);
    if (this.#isClosed) return;
    this.#state = 'connecting';
    this.isKilled = false;
    this.#connecting = this.#connect();
    await this.#connecting;
  }

  async #connect(): Promise<void> {
    try {
      await this.#dial();
    } catch (error) {
      // A replica that has ended meanwhile takes no orders.
      if (this.#replica.isRunning && !this.#isClosed) throw error;
    }
  }

  /** By a relay of its own: redis-server connects at once to an address that is new to it, and goes on where it was. */
  async #dial(): Promise<void> {
    const { behind } = this.#replica;
    if (!this.#replica.isRunning || !this.#replica.acceptedBy(this.master)) return;
    // An empty node takes all that ever was written, one after the other, and restores nothing.
    const hasData = (await behind.info('keyspace')).size > 0;
    const fullBefore = hasData ? this.#fullSyncs() : Infinity;
    const relay = await Relay.start(this.master.server);
    this.#relay = relay;
    if (this.#isClosed) return relay.close();
    await behind.ask('REPLICAOF', relay.host, String(relay.port));
    void this.#watch(relay, fullBefore);
  }

  /** What the server behind does in a moment takes a Kvrocks longer: it closes its database for a full synchronisation. */
  async #watch(relay: Relay, fullBefore: number): Promise<void> {
    const isCurrent = (): boolean => !this.#isClosed && this.#relay === relay && this.#state !== 'broken';
    const seen = await until('the link is up', async () => {
      if (!isCurrent() || !this.#replica.isRunning) return 'left';
      return (await this.#replica.behind.info('replication')).get('master_link_status') === 'up' ? 'up' : undefined;
    }).catch(() => 'left');
    if (seen === 'left') return;
    if (this.#fullSyncs() > fullBefore && isCurrent()) {
      this.#state = 'restoring';
      const lasts = delay(this.#replica.restoreMs, undefined, { ref: false });
      void lasts.then(() => this.finishRestoring());
      await once(this.#restored, 'restored');
    }
    if (isCurrent()) this.#state = 'up';
  }

  /** How many the server behind has taken over. Its log says so; the master's counter speaks of other replicas too. */
  #fullSyncs(): number {
    return this.#replica.server.log().match(/Full resync from (master|primary)/g)?.length ?? 0;
  }
}
