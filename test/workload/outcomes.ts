/** What an error reply, or the end of a connection, tells a client about its command. */
export type Meaning = 'refused' | 'unknown' | 'unclean';

/** It may have run. The words of Holdfast (README, "What clients see"). */
const UNKNOWN = /^OUTCOMEUNKNOWN /;

/** It did not run, by the server's word or by Holdfast's. */
const REFUSED: readonly RegExp[] = [
  /^READONLY /,
  /^MASTERDOWN /,
  /^TRYAGAIN /,
  /^LOADING /,
  /^BUSY /,
  /^NOSCRIPT /,
  /^NOREPLICAS /,
  /^OOM /,
  /^MISCONF /,
  /^CLUSTERDOWN /,
  /^MOVED /,
  /^UNBLOCKED force unblock /,
  /^EXECABORT /,
  /^ERR Holdfast could not open a connection /,
  /^ERR Holdfast is shutting down/,
  /^ERR max number of clients reached/,
];

export function meaningOf(error: string): Meaning {
  if (UNKNOWN.test(error)) return 'unknown';
  return REFUSED.some((words) => words.test(error)) ? 'refused' : 'unclean';
}
