/** What can be wrong with the data or the replies of a run. All zero is the promise. */
export interface Findings {
  /** Acknowledged writes that are not there: a lower counter, a missing list element, a key with an older value. */
  readonly lost: number;
  /** Writes that were done more than once: a counter above all that was sent, a list element that stands there twice. */
  readonly doubled: number;
  /** List elements behind later ones; counters and list lengths that went back from one reply to the next. */
  readonly outOfOrder: number;
  /** Reads that did not see the client's own acknowledged write. */
  readonly staleReads: number;
  /** Replies that belong to another request or client, values that this client never wrote. */
  readonly crossed: number;
  /** Writes that were answered with an error and ran all the same: an application that tries again doubles them. */
  readonly ranThoughRefused: number;
}

export const NO_FINDINGS: Findings = {
  lost: 0,
  doubled: 0,
  outOfOrder: 0,
  staleReads: 0,
  crossed: 0,
  ranThoughRefused: 0,
};

export function addFindings(a: Findings, b: Findings): Findings {
  return {
    lost: a.lost + b.lost,
    doubled: a.doubled + b.doubled,
    outOfOrder: a.outOfOrder + b.outOfOrder,
    staleReads: a.staleReads + b.staleReads,
    crossed: a.crossed + b.crossed,
    ranThoughRefused: a.ranThoughRefused + b.ranThoughRefused,
  };
}

/** @returns whether nothing was found. */
export function isClean(findings: Findings): boolean {
  return Object.values(findings).every((count) => count === 0);
}
