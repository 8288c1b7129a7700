import type { NodeId } from '../../config/node-address.js';
import type { Identity } from '../../session/identity.js';
import type { TlsTo } from '../../tls/node-tls.js';
import type { EditError } from './inbox.js';
import type { KeptRequest } from './kept-requests.js';
import type { Turn } from '../turn.js';

export interface UpstreamOptions {
  readonly node: NodeId;
  readonly kind: 'lane' | 'private';
  readonly identity: Identity;
  /** Null: plain text. */
  readonly tlsTo: TlsTo | null;
  /** What clients get instead of some errors; null: all as they are. */
  readonly editError: EditError | null;
  /** Whether an error says that the request did not run because of the node's role. */
  readonly isRefusal: (bytes: Buffer, start: number, end: number) => boolean;
  /**
   * Called when the first such error has come.
   *
   * @param request what it answers; null: it is not kept.
   * @returns whether the connection is to be left, and those who wait asked for their requests.
   */
  readonly onRefused: (request: KeptRequest | null) => boolean;
  /** Bounds connection and handshakes together. */
  readonly connectTimeoutMs: number;
  readonly turn: Turn;
  /** Called once, when the connection is gone, after every sink has been told. */
  readonly onClosed: () => void;
  /** Called when no write is in flight here any more: its reply has come, or never will. */
  readonly onDrained: () => void;
}
