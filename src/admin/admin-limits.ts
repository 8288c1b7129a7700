import type { RequestLimits } from './request-decoder.js';

/** What the admin port bears; tests pass smaller ones. */
export interface AdminLimits {
  readonly maxConnections: number;
  /** A connection that has not authenticated by then is closed, ms. */
  readonly authTimeoutMs: number;
  /** How long `close` waits for commands that are being carried out, ms. */
  readonly closeTimeoutMs: number;
  readonly authenticated: RequestLimits;
  readonly unauthenticated: RequestLimits;
}

export const DEFAULT_ADMIN_LIMITS: AdminLimits = {
  // A handful of people and scripts; each connection may hold 1 MB.
  maxConnections: 64,
  // AUTH is the first thing that a client sends; whoever has not sent it after ten seconds holds a place for nothing.
  authTimeoutMs: 10_000,
  // A switchover is waited for before the server is closed; what is left then answers at once.
  closeTimeoutMs: 1_000,
  // No admin command needs more than a few hundred bytes; this leaves room for CONFIG GET and COMMAND DOCS with many names.
  authenticated: {
    maxArguments: 1_024,
    maxArgumentBytes: 512 * 1024,
    maxRequestBytes: 1024 * 1024,
    errorPrefix: '',
  },
  // Redis' own bounds before AUTH.
  unauthenticated: {
    maxArguments: 10,
    maxArgumentBytes: 16 * 1024,
    maxRequestBytes: 10 * 16 * 1024,
    errorPrefix: 'unauthenticated ',
  },
};
