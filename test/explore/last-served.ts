import type { NodeReport } from '../../src/switchover/events.js';
import { running } from './process-model.js';
import { nameOf, type NodeName, type World } from './world.js';

/** The master that is served, or was last; before that the one that the journal names. */
export function lastServed(world: World): NodeName {
  const { lastServed: served, journal, master } = running(world);
  return nameOf(master ?? served?.node ?? journal.master ?? 'A');
}

/** The highest offset of those that an election may choose from. */
export function bestOf(world: World, reports: readonly NodeReport[]): number {
  const lost = lastServed(world);
  const offsets = reports.flatMap((report) => {
    const isCandidate = 'facts' in report && report.facts.role === 'replica' && report.facts.follows?.node === lost;
    return isCandidate ? [report.facts.offset] : [];
  });
  return Math.max(0, ...offsets);
}
