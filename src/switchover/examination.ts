import type { NodeId } from '../config/node-address.js';
import type { NodeFacts } from './ports.js';
import { extraWrites } from './extra-writes.js';

/** What a look at a former master, and at the one that replaced it, tells before it is demoted once more. */
export interface Examination {
  /** See {@link extraWrites}. */
  readonly extraWrites: number | null;
  /** Writes of others to the node can be held off. */
  readonly canPause: boolean;
  /** It has not been restarted since it was looked at before; false: it was, or that is not known. */
  readonly isSameProcess: boolean;
  /** The one that replaced it still says that it is a master. */
  readonly isReplaced: boolean;
  /** The one that replaced it is a replica, and was not restarted: somebody has given its role back. */
  readonly isTakenBack: boolean;
}

/** @param seen the processes that the nodes were when they were looked at before. */
export function examine(
  former: NodeFacts,
  master: NodeFacts,
  forkOffset: number | null,
  seen: ReadonlyMap<NodeId, string>,
): Examination {
  const isReplaced = master.role === 'master';
  return {
    extraWrites: extraWrites(former, master, forkOffset),
    canPause: former.canPause,
    isSameProcess: seen.get(former.node) === former.runId,
    isReplaced,
    isTakenBack: former.role === 'master' && !isReplaced && seen.get(master.node) === master.runId,
  };
}
