import type { RespVersion } from './reply.js';

/** What the server remembers of one admin connection; commands change it in place. */
export interface AdminSession {
  readonly id: number;
  readonly addr: string;
  readonly laddr: string;
  /** Monotonic milliseconds. */
  readonly connectedAtMs: number;
  resp: RespVersion;
  authenticated: boolean;
  name: string;
  libName: string;
  libVer: string;
  /** The connection is closed as soon as the reply to the current command is written. */
  closing: boolean;
}
