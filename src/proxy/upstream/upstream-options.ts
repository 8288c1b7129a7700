import type { NodeId } from '../../config/node-address.js';
import type { Identity } from '../../session/identity.js';
import type { TlsTo } from '../../tls/node-tls.js';
import type { EditError } from './inbox.js';
import type { Turn } from '../turn.js';

export interface UpstreamOptions {
  readonly node: NodeId;
  readonly kind: 'lane' | 'private';
  readonly identity: Identity;
  /** Null: plain text. */
  readonly tlsTo: TlsTo | null;
  /** What clients get instead of some errors; null: all as they are. */
  readonly editError: EditError | null;
  /** Bounds connection and handshakes together. */
  readonly connectTimeoutMs: number;
  readonly turn: Turn;
  /** Called once, when the connection is gone, after every sink has been told. */
  readonly onClosed: () => void;
  /** Called when no write is in flight here any more: its reply has come, or never will. */
  readonly onDrained: () => void;
}
