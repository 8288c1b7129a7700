import type { NodeId } from '../../config/node-address.js';
import type { Naming } from '../topology-source.js';
import type { SentinelView } from './sentinel-view.js';

/** A promotion of our own that the Sentinels may not know of yet: they ask a promoted node only once a second. */
export interface OwnPromotion {
  readonly node: NodeId;
  /** The highest configuration epoch before it. The first one above it is that of this promotion, or of a later one. */
  readonly aboveEpoch: number;
}

/** The highest configuration epoch that a Sentinel stated; -1 when none did. */
export function highestEpoch(views: readonly SentinelView[]): number {
  return Math.max(-1, ...views.map(({ configEpoch }) => configEpoch));
}

/**
 * Whom the Sentinels name together: of those that disagree, the highest configuration epoch is right. While one of them
 * replaces this master, nobody is named: what the old one still takes would be lost.
 *
 * @param views with the master spelled as the configuration spells it.
 */
export function judgeViews(views: readonly SentinelView[], own: OwnPromotion | null): Naming {
  const epoch = highestEpoch(views);
  if (own !== null && epoch <= own.aboveEpoch) return { master: own.node };
  const newest = views.filter(({ configEpoch }) => configEpoch === epoch);
  const [first] = newest;
  if (first === undefined) return { master: null, problem: 'no Sentinel has answered yet' };
  const other = newest.find(({ master }) => master !== first.master);
  if (other !== undefined) {
    return { master: null, problem: `${first.sentinel} names ${first.master}, and ${other.sentinel} ${other.master}` };
  }
  const mover = newest.find(({ undecided }) => undecided);
  if (mover !== undefined) {
    return { master: null, problem: `the Sentinel ${mover.sentinel} is replacing ${first.master}` };
  }
  return { master: first.master };
}
