import type { NodeId } from '../config/node-address.js';
import { refuse, type Refusal } from './candidate.js';
import type { NodeReport } from './events.js';
import { followsSilent } from './follows-master.js';
import type { NodeFacts } from './ports.js';
import type { LostMaster, Run } from './run.js';
import { silenceOf } from './silence.js';
import { wrongTopology } from './wrong-topology.js';

/*
 * Who takes over from a dead master, and whether it is dead at all: one observer is easily wrong about that.
 *
 * Against its death speak:
 * - any answer of its own, on the switch's connection, which is not the one whose silence began this;
 * - a replica that has heard from it since it fell silent here;
 * - that no other node answers either: then Holdfast is the one that is cut off.
 *
 * The replica with the highest applied offset takes over: what it lacks is lost.
 *
 * A master that was made a replica, or was restarted as one, is not dead. But where no node is a master any more, one of them has
 * to become it: each of them is a candidate then, the former master too.
 */

type LostRun = Run & { readonly lost: LostMaster };

/** A server says in whole seconds when it last heard of its master, and rounds both ends. */
const HEARD_WITHIN_MS = 1_000;

/** What stands against the master's death; null: nothing. */
export function signOfLife(reports: readonly NodeReport[], run: LostRun, at: number): Refusal | null {
  const { lost } = run;
  const own = reports.find(({ node }) => node === lost.node);
  if (own === undefined) return refuse('no-master', `${lost.node}, the last one, is not one of the configured nodes`);
  const facts = factsIn(reports);
  const past = replaced(run);
  const masters = facts.filter(({ node, role, loading }) => role === 'master' && !loading && !past.has(node));
  if (masters.some(({ node }) => node === lost.node)) return refuse('master-answers', lost.node);
  if (masters.length > 0) return refuse('another-master', masters.map(({ node }) => node).join(' and '));

  const answer = answerOf(own);
  if (answer === 'own-trouble') return refuse('cut-off', 'error' in own ? own.error.message : lost.node);
  if (isDeposed(own, lost)) return judgeTopology(facts, run);
  if (answer !== 'silent' && !lost.force) return refuse('master-answers', answer);
  if (!reports.some((report) => report !== own && answers(report))) {
    return refuse('cut-off', reports.map(({ node }) => node).join(', '));
  }
  const witness = lost.force ? undefined : facts.find((replica) => heardOfIt(replica, lost, at));
  if (witness !== undefined) return refuse('master-heard', witness.node);
  return judgeTopology(facts, run);
}

function judgeTopology(facts: readonly NodeFacts[], run: LostRun): Refusal | null {
  const mismatch = wrongTopology(facts, run.strategy.topology);
  return mismatch === null ? null : refuse(mismatch.reason, mismatch.particulars);
}

/** Whether the last master answers as a replica, and that is no reason to wait for it. */
function isDeposed(own: NodeReport, { deposed }: LostMaster): boolean {
  return deposed === true && 'facts' in own && own.facts.role === 'replica' && !own.facts.loading;
}

/** The best replica, or the named one; a refusal says why for each. `deposed`: the last master is there, as a replica. */
export function chooseSuccessor(
  reports: readonly NodeReport[],
  run: LostRun,
): { readonly candidate: NodeFacts; readonly deposed: boolean } | Refusal {
  const { named, lost } = run;
  const own = reports.filter((report) => report.node === lost.node && isDeposed(report, lost));
  // With as much data as others, the one that was the master last is the best of them.
  const verdicts = [...own, ...reports.filter(({ node }) => node !== lost.node)]
    .filter(({ node }) => named === null || node === named)
    .map((report) => judge(report, run, own.length > 0 ? null : reports));
  const [first, ...rest] = verdicts.flatMap((verdict) => ('candidate' in verdict ? [verdict.candidate] : []));
  if (first !== undefined) {
    const candidate = rest.reduce((winner, next) => (isBetter(next, winner) ? next : winner), first);
    return { candidate, deposed: own.length > 0 };
  }
  if (named !== null) {
    const [refusal] = verdicts.flatMap((verdict) => ('reason' in verdict ? [verdict] : []));
    return refusal ?? refuse(named === lost.node ? 'already-master' : 'unknown-node', named);
  }
  const whys = verdicts.flatMap((verdict) => ('reason' in verdict ? [verdict.sentence] : []));
  return refuse('no-candidate', whys.length === 0 ? 'no other node is configured' : whys.join('; '));
}

/** The offset comes first: unlike a planned switch, a failover can not wait until the preferred one has caught up. */
function isBetter(node: NodeFacts, than: NodeFacts): boolean {
  return node.offset === than.offset ? node.priority < than.priority : node.offset > than.offset;
}

/** @param reports null: nobody is dead, and whom a node follows says nothing. */
function judge(
  report: NodeReport,
  run: LostRun,
  reports: readonly NodeReport[] | null,
): { candidate: NodeFacts } | Refusal {
  if ('error' in report) return refuse('node-down', report.error.message);
  const { facts, node } = report;
  const { lost } = run;
  const last = lost.facts;
  if (facts.loading) return refuse('loading', node);
  const ids = reports?.map((each) => each.node) ?? [];
  if (facts.follows === undefined || (reports !== null && !followsSilent(facts, lost.node, ids))) {
    return refuse('not-a-replica', `${node} follows ${facts.follows?.node ?? 'nobody'}, the master was ${lost.node}`);
  }
  const isOfStream =
    reports === null || last?.replId === undefined || facts.replId === undefined || facts.replId === last.replId;
  if (!isOfStream) return refuse('not-a-replica', `${node} has another history than ${lost.node} had`);
  const neverSynced = facts.offset <= 1 && last !== null && last.offset > 1;
  if (facts.follows.syncing || neverSynced) return refuse('syncing', node);
  if (facts.priority === 0) return refuse('priority-zero', node);
  const { missingRights = [] } = facts;
  if (missingRights.length > 0) return refuse('missing-rights', `${node}: ${missingRights.join(', ')}`);
  const mayCompare = facts.namespaces !== undefined && last?.namespaces !== undefined;
  if (mayCompare && facts.namespaces !== last.namespaces) return refuse('namespaces-differ', node);
  return { candidate: facts };
}

/** Masters that an unfinished switch has replaced already: what they say of themselves does not count. Its new one does. */
function replaced({ unfinished, lost }: LostRun): ReadonlySet<NodeId> {
  const past = new Set([...(unfinished?.former ?? []), ...(unfinished ? [unfinished.from] : [])]);
  past.delete(lost.node);
  return past;
}

/** `silent`, `own-trouble`, or what it answered. */
function answerOf(report: NodeReport): string {
  if ('facts' in report) return `${report.node} is ${report.facts.loading ? 'loading' : `a ${report.facts.role}`}`;
  const silence = silenceOf(report.error);
  return silence === 'answered' ? report.error.message : silence;
}

function answers(report: NodeReport): boolean {
  return 'facts' in report || silenceOf(report.error) === 'answered';
}

/** Only what is certain counts: its last word came after our first question that it did not answer. */
function heardOfIt({ follows }: NodeFacts, { silentSince }: LostMaster, at: number): boolean {
  if (silentSince === null || follows?.linkUp !== true || follows.heardMsAgo === undefined) return false;
  return at - follows.heardMsAgo - HEARD_WITHIN_MS > silentSince;
}

function factsIn(reports: readonly NodeReport[]): readonly NodeFacts[] {
  return reports.flatMap((report) => ('facts' in report ? [report.facts] : []));
}
