import { KEYS_PER_CLIENT } from './settings.js';

/**
 * The operations of the load, as small integers: millions of them are noted in typed arrays, none as an object.
 * INCR and RPUSH are the oracle (a counter shows a lost or doubled write, a list also shows which and in what order);
 * SET is the weight; GET reads the client's own writes back while all is going on.
 */
export const OPERATION = { set: 0, incr: 1, rpush: 2, get: 3 } as const;

export type Operation = (typeof OPERATION)[keyof typeof OPERATION];

const SETS_PER_CYCLE = 20;

/** One round of a client: twenty SETs with four GETs, one INCR and one RPUSH between them. */
const CYCLE: readonly Operation[] = Array.from({ length: SETS_PER_CYCLE }).flatMap((_, index): Operation[] => {
  if (index % 5 === 4) return [OPERATION.set, OPERATION.get];
  if (index === 7) return [OPERATION.set, OPERATION.incr];
  if (index === 12) return [OPERATION.set, OPERATION.rpush];
  return [OPERATION.set];
});

/** Operations of the mix per SET: the rate of the schedule is the rate of SETs times this. */
export const OPERATIONS_PER_SET = CYCLE.length / SETS_PER_CYCLE;

/** A client that only reads first writes what it is going to read, each of its keys once. */
export function readerOperationAt(step: number): Operation {
  return step < KEYS_PER_CLIENT ? OPERATION.set : OPERATION.get;
}

/** The operation that stands at `step` of a client's endless cycle. */
export function operationAt(step: number): Operation {
  return CYCLE[step % CYCLE.length] ?? OPERATION.set;
}
