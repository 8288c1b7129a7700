import { CLOSE_REASONS, type CloseReason } from '../errors/close-reasons.js';
import { CLIENT_ERRORS, type ClientErrorCode } from '../errors/error-table.js';

/** Plain counters of the data path: incremented in place, read at scrape. */
export class TrafficStats {
  readonly commands = { read: 0, write: 0, local: 0, refused: 0 };
  readonly held = { released: 0, failed: 0, waiting: 0, bytes: 0 };
  accepted = 0;
  readonly errors: Record<ClientErrorCode, number>;
  /** Connections of clients that were ended here, by why. */
  readonly closed: Record<CloseReason, number>;
  /** Told of each held command once. */
  observeHeld: (waitMs: number, result: 'released' | 'failed') => void = () => undefined;

  constructor() {
    this.errors = zeros(CLIENT_ERRORS);
    this.closed = zeros(CLOSE_REASONS);
  }

  heldEnded(waitMs: number, result: 'released' | 'failed'): void {
    this.held.waiting--;
    this.held[result]++;
    this.observeHeld(waitMs, result);
  }
}

function zeros<Key extends string>(table: Readonly<Record<Key, unknown>>): Record<Key, number> {
  return Object.fromEntries(Object.keys(table).map((key) => [key, 0])) as Record<Key, number>;
}
