/** What the parent asks of the process that holds the connections: `count` more, each of which has said these requests. */
export interface OpenConnections {
  readonly port: number;
  readonly count: number;
  /** Inline requests, each answered with one reply; the next is sent when that has come. */
  readonly says: readonly string[];
}

/** Its answer, when all of them have their last reply. */
export interface ConnectionsOpen {
  /** Connections that are open now; fewer than asked for when some were refused. */
  readonly open: number;
}
