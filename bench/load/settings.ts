import type { NodeId } from '../../src/config/node-address.js';

/** What the load is. Everything that is counted per connection is so on purpose: the oracle knows each client by itself. */
export interface LoadSettings {
  /** Where the clients connect: the proxy, or (with {@link follow}) the master itself. */
  readonly target: NodeId;
  readonly connections: number;
  /** SETs of {@link size} bytes per second, over all connections. The other operations of the mix come on top. */
  readonly rate: number;
  /** Bytes of a value; at least {@link MIN_VALUE_BYTES}. */
  readonly size: number;
  /** Unanswered operations that one connection may have; what is due beyond that waits in the schedule, and is timed. */
  readonly maxInFlight: number;
  /** Operations that one connection sends at a time; 1 is an application that does not pipeline, more is cheaper. */
  readonly burst: number;
  /** First part of every key, so that runs on one server do not meet. */
  readonly keyPrefix: string;
  /** Clients of a shard without a proxy: on READONLY they reconnect to the master last announced to them. */
  readonly follow: boolean;
  /** Connections that only read, beside {@link connections}: no write of their own stands before their reads. */
  readonly readers: number;
  /** GETs per second, over all {@link readers}. */
  readonly readRate: number;
  /**
   * A Sentinel that clients ask for the master each time they connect, and from which they hear that it has moved; they
   * connect anew then, and on READONLY. null: the master is {@link target}, or the one announced.
   */
  readonly sentinel: NodeId | null;
}

/** The name under which Sentinels know the shard. */
export const SENTINEL_MASTER_NAME = 'shard';

/** The mark inside a value (client, key, sequence number) has this many bytes. */
export const MIN_VALUE_BYTES = 20;

/** Keys that each client writes round and round; few, so that a lost write is soon looked at by a read. */
export const KEYS_PER_CLIENT = 20;

export const DEFAULT_LOAD = {
  connections: 50,
  rate: 10_000,
  size: 2048,
  maxInFlight: 64,
  burst: 1,
  keyPrefix: 'hf',
  follow: false,
  readers: 0,
  readRate: 0,
  sentinel: null,
} as const satisfies Omit<LoadSettings, 'target'>;
