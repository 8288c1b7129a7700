import type { NodeId } from '../../src/config/node-address.js';
import type { Shard } from '../../test/support/shard.js';

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
   * @returns `switched`, or why the master did not move.
   */
  switchover(from: NodeId, to: NodeId, announce: (master: NodeId) => void): Promise<string>;
  close(): Promise<void>;
}

export interface StallContender {
  readonly name: string;
  /** One sentence for the report: what is measured here. */
  readonly method: string;
  prepare(shard: Shard): Promise<StallSetup>;
}
