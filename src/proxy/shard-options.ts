import type { NodeId } from '../config/node-address.js';
import type { Logger } from '../log/logger.js';
import type { TlsTo } from '../tls/node-tls.js';
import type { Announcement } from './announce/announcement.js';

/** What the data path of a process is told once. */
export interface ShardOptions {
  readonly connectTimeoutMs: number;
  /** How long commands wait while there is no master to send them to. */
  readonly outageHoldMs: number;
  readonly maxRequestBytes: number;
  /** What all clients together may keep waiting here, bytes. */
  readonly maxBufferedBytes: number;
  /** Unread replies and messages of one client, bytes; 0: any amount. */
  readonly clientOutputLimit: number;
  /** Holdfast's own credentials, for COMMAND; arguments of AUTH. */
  readonly nodeAuth: readonly Buffer[] | null;
  /** The shard's servers: to be sent to one of them by another one says who the master is. */
  readonly nodes: readonly NodeId[];
  /** How the nodes are reached; null: in plain text. */
  readonly tlsTo: TlsTo | null;
  /** The servers move the master themselves: the old one may be a replica, and refuse reads, a moment before the redirect. */
  readonly clusterMode: boolean;
  /** What cluster clients are told instead of the nodes' addresses; null: what the nodes say. */
  readonly announcement: Announcement | null;
  /** Lanes for each identity; `auto`: as many as suit the server. */
  readonly lanes: number | 'auto';
  /** How long a lane that no client speaks over stays open at least; twice that at most, ms. */
  readonly laneIdleMs: number;
  readonly now: () => number;
  readonly log: Logger;
}
