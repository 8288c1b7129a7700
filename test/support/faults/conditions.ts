/** What a disturbed way does to the bytes that travel one direction of a connection. */
export interface Conditions {
  /** How much later each piece arrives, ms. */
  readonly latencyMs: number;
  /** Up to so much more, drawn for each piece, ms. Nothing overtakes on one connection. */
  readonly jitterMs: number;
  /** Infinity: as fast as it comes. */
  readonly bytesPerSecond: number;
  /** Longest piece that is written at once; the length of each is drawn. Infinity: as it comes. */
  readonly sliceBytes: number;
  /** Nothing arrives, not even the end of the connection. What was sent meanwhile arrives afterwards, as TCP would send it again. */
  readonly isBlackHole: boolean;
  /** The connection is reset when so many bytes have passed from now on. */
  readonly cutAfterBytes: number;
}

/** A way that nobody notices. */
export const UNDISTURBED: Conditions = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: Infinity,
  sliceBytes: Infinity,
  isBlackHole: false,
  cutAfterBytes: Infinity,
};
