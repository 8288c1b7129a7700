import type { NodeFacts, RoleReading } from './ports.js';

/** One stream of writes, up to an offset. */
interface Stretch {
  readonly id: string;
  readonly upTo: number;
}

/**
 * What a former master has that the master has not: it took writes from somebody who reached it past the proxy, or had not passed on
 * all that it took.
 *
 * Redis and Valkey name the stream that they write (`master_replid`), and the one that it goes on from (`master_replid2`, up to
 * `second_repl_offset` - 1): at a promotion, and when a master starts with the data of an earlier process. What both nodes name, they
 * share. A node that was started with an append-only file, or with nothing, names a stream that nobody knows; and without replicas it counts
 * nothing. A replication ping counts as a write of 14 bytes. Kvrocks names nothing: there the offset counts that the new master had when it was
 * promoted.
 *
 * @param forkOffset what the new master had then; null: not known.
 * @returns bytes (Kvrocks: records); 0: none; null: that there are none is not known.
 */
export function extraWrites(former: NodeFacts, master: NodeFacts, forkOffset: number | null): number | null {
  if (former.role === 'replica') return 0;
  if (former.engine === 'kvrocks') return forkOffset === null ? null : Math.max(0, former.offset - forkOffset);
  const common = commonOffset(former, master);
  return common === null ? null : Math.max(0, former.offset - common);
}

/** Whether a node was promoted out of the stream that the other one still writes, or has gone on from. */
export function isSuccessorOf(node: RoleReading, former: RoleReading): boolean {
  if (node.replId2 === undefined) return false;
  return node.replId2 === former.replId || node.replId2 === former.replId2;
}

/** Up to where both are the same; null: not known. */
function commonOffset(former: NodeFacts, master: NodeFacts): number | null {
  const shared = stretchesOf(master);
  for (const { id, upTo } of stretchesOf(former)) {
    const same = shared.find((stretch) => stretch.id === id);
    if (same !== undefined) return Math.min(upTo, same.upTo);
  }
  // There is nothing that could be missed.
  return former.isEmpty === true ? former.offset : null;
}

/** The newest first. */
function stretchesOf({ replId, replId2, offset, secondReplOffset = 0 }: NodeFacts): readonly Stretch[] {
  const newest = replId === undefined ? [] : [{ id: replId, upTo: offset }];
  return replId2 === undefined ? newest : [...newest, { id: replId2, upTo: secondReplOffset - 1 }];
}
