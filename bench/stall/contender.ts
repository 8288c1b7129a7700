import type { NodeId } from '../../src/config/node-address.js';
import type { Shard } from '../../test/support/shard.js';

/** What came of one try to move the master. */
export interface Moved {
  /** `switched`, or why the master did not move. */
  readonly outcome: string;
  /** Gate closed → gate open, as the mover itself states it; null where nothing of the kind is stated. */
  readonly stallMs: number | null;
}

/** One way to move a master, made ready for one shard. */
export interface StallSetup {
  /** Where the clients connect in the beginning. */
  readonly target: NodeId;
  /** Whether clients have to find the new master themselves (on READONLY they reconnect to the one announced). */
  readonly follow: boolean;
  /** Processes that this way needs beside the servers. */
  readonly pids: readonly number[];
  /**
   * Moves the master. `announce` is to be called at the moment from which clients can know the new master.
   *
   * Rejects when it can not tell.
   */
  switchover(from: NodeId, to: NodeId, announce: (master: NodeId) => void): Promise<Moved>;
  close(): Promise<void>;
}

export interface StallContender {
  readonly name: string;
  /** One sentence for the report: what is measured here. */
  readonly method: string;
  prepare(shard: Shard): Promise<StallSetup>;
}
