import type { NodeId } from '../config/node-address.js';
import type { TopologyName } from '../config/topology.js';
import type { Failure, NodeReport } from './events.js';
import { followsMaster } from './follows-master.js';
import type { NodeFacts } from './ports.js';
import { REFUSAL_REASONS, type RefusalReason } from './reasons.js';
import { wrongTopology } from './wrong-topology.js';

/** A refusal with the sentence that the operator reads. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly sentence: string;
}

/** The two nodes of a switchover. */
export interface Choice {
  readonly master: NodeFacts;
  readonly candidate: NodeFacts;
}

/**
 * Chooses the two nodes of a switchover.
 *
 * A node that was named is taken or refused, never replaced. Without a name the best replica is taken: lowest non-zero
 * `replica-priority` first, as Sentinel does (it is the operator's own wish, and equal by default), then the highest
 * offset (the least to catch up), then the configured order.
 */
export function chooseNodes(
  reports: readonly NodeReport[],
  named: NodeId | null,
  topology: TopologyName,
): Choice | Refusal {
  const facts = reports.flatMap((report) => ('facts' in report ? [report.facts] : []));
  if (named !== null && !reports.some((report) => report.node === named)) return refuse('unknown-node', named);

  const masters = facts.filter((node) => node.role === 'master');
  const [master, second] = masters;
  if (second !== undefined) return refuse('two-masters', masters.map((node) => node.node).join(' and '));
  if (master === undefined) return noMaster(reports);
  const mismatch = wrongTopology(facts, topology);
  if (mismatch !== null) return refuse(mismatch.reason, mismatch.particulars);

  if (named !== null) {
    if (named === master.node) return refuse('already-master', named);
    const report = reports.find((each) => each.node === named);
    return report === undefined ? refuse('unknown-node', named) : judge(report, master, reports);
  }
  return best(reports, master);
}

function best(reports: readonly NodeReport[], master: NodeFacts): Choice | Refusal {
  const verdicts = reports
    .filter((report) => report.node !== master.node)
    .map((report) => judge(report, master, reports));
  const [first, ...rest] = verdicts.flatMap((verdict) => ('candidate' in verdict ? [verdict.candidate] : []));
  if (first !== undefined) {
    return { master, candidate: rest.reduce((winner, next) => (isBetter(next, winner) ? next : winner), first) };
  }
  const whys = verdicts.flatMap((verdict) => ('reason' in verdict ? [verdict.sentence] : []));
  return refuse('no-candidate', whys.length === 0 ? 'no other node is configured' : whys.join('; '));
}

function isBetter(node: NodeFacts, than: NodeFacts): boolean {
  return node.priority === than.priority ? node.offset > than.offset : node.priority < than.priority;
}

/** Whether this node could take over from `master`. */
function judge(report: NodeReport, master: NodeFacts, reports: readonly NodeReport[]): Choice | Refusal {
  if ('error' in report) return unreachable(report.node, report.error);
  const facts = report.facts;
  if (facts.loading) return refuse('loading', facts.node);
  const follows = facts.follows;
  const ids = reports.map(({ node }) => node);
  if (follows === undefined || !followsMaster(facts, master, ids)) {
    return refuse('not-a-replica', `${facts.node} follows ${follows?.node ?? 'nobody'}, the master is ${master.node}`);
  }
  if (follows.syncing) return refuse('syncing', facts.node);
  if (!follows.linkUp) return refuse('link-down', facts.node);
  if (facts.priority === 0) return refuse('priority-zero', facts.node);
  const mayCompare = facts.namespaces !== undefined && master.namespaces !== undefined;
  if (mayCompare && facts.namespaces !== master.namespaces) {
    return refuse('namespaces-differ', `compare NAMESPACE GET * on ${facts.node} and ${master.node}`);
  }
  return { master, candidate: facts };
}

function noMaster(reports: readonly NodeReport[]): Refusal {
  const errors = reports.flatMap((report) => ('error' in report ? [unreachable(report.node, report.error)] : []));
  // Wrong credentials are what the operator can repair; a bare "no master" would hide them.
  const credentials = errors.find((error) => error.reason === 'wrong-credentials');
  return (
    credentials ?? refuse('no-master', errors.map((error) => error.sentence).join('; ') || 'every node is a replica')
  );
}

const CREDENTIAL_CODES: readonly string[] = ['NOAUTH', 'WRONGPASS', 'NOPERM'];

function unreachable(node: NodeId, failure: Failure): Refusal {
  if (CREDENTIAL_CODES.includes(failure.code)) return refuse('wrong-credentials', `${node}: ${failure.message}`);
  if (failure.code === 'LOADING') return refuse('loading', node);
  return refuse('node-down', `${node}: ${failure.message}`);
}

/** The reason with its standard text and the particulars of this case. */
export function refuse(reason: RefusalReason, particulars: string): Refusal {
  return { reason, sentence: `${REFUSAL_REASONS[reason]} (${particulars})` };
}
