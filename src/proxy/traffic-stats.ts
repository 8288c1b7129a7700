import { CLIENT_ERRORS, type ClientErrorCode } from '../errors/error-table.js';

/** Plain counters of the data path: incremented in place, read at scrape. */
export class TrafficStats {
  readonly commands = { read: 0, write: 0, local: 0, refused: 0 };
  readonly held = { released: 0, failed: 0, waiting: 0, bytes: 0 };
  accepted = 0;
  readonly errors: Record<ClientErrorCode, number>;
  /** Told of each held command once. */
  observeHeld: (waitMs: number, result: 'released' | 'failed') => void = () => undefined;

  constructor() {
    const errors: Partial<Record<ClientErrorCode, number>> = {};
    for (const code of Object.keys(CLIENT_ERRORS) as ClientErrorCode[]) errors[code] = 0;
    this.errors = errors as Record<ClientErrorCode, number>;
  }

  heldEnded(waitMs: number, result: 'released' | 'failed'): void {
    this.held.waiting--;
    this.held[result]++;
    this.observeHeld(waitMs, result);
  }
}
