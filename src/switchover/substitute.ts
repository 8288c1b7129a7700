import type { NodeId } from '../config/node-address.js';
import type { Switch } from './run.js';
import { NOTHING_ARRANGED, type Substitute } from './strategy.js';

/**
 * The switch as it has become when the owner of the roles has promoted another node than the candidate.
 *
 * @returns null when that node is not known to have everything that was acknowledged: nobody is to be led there.
 */
export function takeSubstitute(sw: Switch, { node, offset }: Substitute): Switch | null {
  const isOurs = sw.others.some((other) => other.node === node);
  const hasAll = offset >= sw.targetOffset || sw.run.settings.forceOnTimeout;
  if (!isOurs || !hasAll) return null;
  return {
    ...sw,
    to: node,
    others: [...withoutNode(sw, node), { node: sw.to, replica: true }],
    appliedOffset: offset,
    // Counted on the candidate; of this one they are not known, and resyncs count as partial.
    counters: { full: Infinity, partial: Infinity },
    arrangement: {
      ...(sw.arrangement ?? NOTHING_ARRANGED),
      beat: null,
      note: `the owner of the roles has promoted ${node} instead of ${sw.to}`,
    },
  };
}

function withoutNode({ others }: Switch, node: NodeId): Switch['others'] {
  return others.filter((other) => other.node !== node);
}
