import type { NodeId } from '../../config/node-address.js';
import type { Logger } from '../../log/logger.js';
import type { Clock } from '../../switchover/ports.js';
import { NodeConnection, type NodeCredentials } from '../node-connection.js';

/**
 * What Sentinels announce on the way from one master to another, and around it. Each has the shard's name in its text.
 * (`sentinelEvent` in sentinel.c; the order in which they come is that of its failover states.)
 */
const CHANNELS: readonly string[] = [
  '+odown',
  '+failover-state-wait-promotion',
  '+promoted-slave',
  '+failover-end',
  '+switch-master',
  '-failover-abort-slave-timeout',
  '-failover-abort-no-good-slave',
  '-failover-abort-not-elected',
];

/** Between two attempts to reach a Sentinel, ms: doubled from the first to the last. */
const RETRY_MS = { first: 100, last: 5_000 };

export interface SentinelEarOptions {
  readonly sentinel: NodeId;
  readonly masterName: string;
  readonly credentials: NodeCredentials;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timeoutMs: number;
  /** The Sentinel said something of this shard, or can be heard (again): what it said meanwhile was missed. */
  readonly onNews: (sentinel: NodeId) => void;
}

/** Listens to one Sentinel, for as long as the process lives; a connection that ends is opened again. */
export class SentinelEar {
  readonly #options: SentinelEarOptions;
  readonly #connection: NodeConnection;
  #failures = 0;
  #stopped = false;
  #cancelRetry: () => void = () => undefined;

  constructor(options: SentinelEarOptions) {
    this.#options = options;
    this.#connection = new NodeConnection(options.sentinel, options.credentials);
  }

  start(): void {
    void this.#listen();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry();
    this.#connection.close();
  }

  async #listen(): Promise<void> {
    const { sentinel, masterName, timeoutMs, onNews, log } = this.#options;
    let isOver = false;
    const end = (why: string): void => {
      if (isOver) return;
      isOver = true;
      this.#connection.close();
      this.#retry(why);
    };
    const heard = (_channel: string, message: string): void => {
      // `+switch-master <name> …`; all others name the shard too, behind an @ when they speak of a replica.
      if (message.split(' ').includes(masterName)) onNews(sentinel);
    };
    try {
      await this.#connection.connect(timeoutMs);
      await this.#connection.subscribe(CHANNELS, heard, () => end('the connection ended'), timeoutMs);
    } catch (error) {
      end(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#failures > 0) log.info({ sentinel }, 'a Sentinel can be heard again');
    this.#failures = 0;
    onNews(sentinel);
  }

  #retry(why: string): void {
    if (this.#stopped) return;
    const { sentinel, clock, log } = this.#options;
    if (this.#failures === 0) log.warn({ sentinel, why }, 'a Sentinel can not be heard');
    const ms = Math.min(RETRY_MS.first * 2 ** Math.min(this.#failures, 10), RETRY_MS.last);
    this.#failures += 1;
    this.#cancelRetry = clock.schedule(ms, () => void this.#listen());
  }
}
