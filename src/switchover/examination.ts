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
}

/** @param seenRunId the process that the former master was when it was looked at before; absent: it was not. */
export function examine(
  former: NodeFacts,
  master: NodeFacts,
  forkOffset: number | null,
  seenRunId: string | undefined,
): Examination {
  return {
    extraWrites: extraWrites(former, master, forkOffset),
    canPause: former.canPause,
    isSameProcess: seenRunId === former.runId,
    isReplaced: master.role === 'master',
  };
}
