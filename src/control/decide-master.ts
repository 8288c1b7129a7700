import type { NodeId } from '../config/node-address.js';
import { followsMaster } from '../switchover/follows-master.js';
import type { NodeFacts } from '../switchover/ports.js';
import type { Naming } from './topology-source.js';

/** What is known of one node when a decision is made. */
export interface NodeReading {
  readonly node: NodeId;
  /** What it last said; null while it is down, or has not been asked yet. */
  readonly facts: NodeFacts | null;
  /** Its last question was not answered; one silence may be a hiccup, so that there may be facts. */
  readonly silent: boolean;
  /** Why there are no facts; empty when it has not been asked yet. */
  readonly error: string;
  /** It was restarted, and has called itself a master since: nobody has promoted it. */
  readonly cameBackAsMaster: boolean;
}

export interface MasterDecision {
  readonly master: NodeId | null;
  /** Why there is no master, else empty. */
  readonly problem: string;
  /** What is wrong with each node; a node without an entry is right. */
  readonly nodeProblems: ReadonlyMap<NodeId, string>;
  /** Former masters that call themselves masters again. */
  readonly returned: readonly NodeId[];
}

/**
 * Decides whether the shard has exactly one master, and says what is wrong with each node.
 *
 * @param superseded Nodes that a switch has replaced and that are not demoted yet: they call themselves masters, and it
 *   is known why, so they do not make two masters of one.
 * @param naming Whom the owner of the roles names, where there is one: nobody else can be the master.
 * @param served The master until now; null: there is none. A master out of whose stream it was promoted is a former one that woke up.
 * @param last Who was served last, also while there is none now.
 *
 * Of several masters, those that came back as such after a restart do not count: former masters whose configuration
 * file knows nothing of their demotion. A replica that is a master now was promoted by somebody, who will demote the other. One that came
 * back does not count either while the one that was served last is silent: it may have old data, or none, and the other one all.
 */
export function decideMaster(
  readings: readonly NodeReading[],
  superseded: ReadonlySet<NodeId> = new Set(),
  naming: Naming | null = null,
  served: NodeId | null = null,
  last: NodeId | null = served,
): MasterDecision {
  const nodeProblems = new Map<NodeId, string>();
  const known = readings.flatMap((reading) => (reading.facts === null ? [] : [reading.facts]));
  const claiming = known.filter(
    (facts) => facts.role === 'master' && !superseded.has(facts.node) && isNamed(facts.node, naming),
  );
  const unbelieved = naming === null ? loneReturned(claiming, readings, last) : null;
  const claims = unbelieved === null ? withoutReturned(claiming, readings, served) : [];
  const [master, second] = claims;

  const ids = readings.map(({ node }) => node);
  for (const { node, facts, error } of readings) {
    const problem =
      facts === null ? error : problemOf(facts, second === undefined ? master : undefined, ids, superseded.has(node));
    if (problem !== '') nodeProblems.set(node, problem);
    else if (facts?.role === 'master' && !isNamed(node, naming))
      nodeProblems.set(node, 'says that it is a master, and is not named as one');
  }
  if (second !== undefined) {
    for (const { node } of claims) nodeProblems.set(node, 'one of several masters');
  }

  if (unbelieved !== null) {
    const problem = `${unbelieved} came back as a master after a restart, and ${last}, the master before, does not answer`;
    nodeProblems.set(unbelieved, problem);
    return { master: null, problem, nodeProblems, returned: [] };
  }

  const returned = claiming.filter((facts) => !claims.includes(facts)).map(({ node }) => node);
  for (const node of returned) {
    nodeProblems.set(node, `came back as a master after a restart, while ${listed(claims)} is the master of the shard`);
  }

  const problem = naming?.problem ?? shardProblem(readings, claims, naming);
  return { master: problem === '' ? (master?.node ?? null) : null, problem, nodeProblems, returned };
}

/** Of several that claim to be the master, the one that was not restarted, and was not replaced by the one that is served. */
function withoutReturned(
  claiming: readonly NodeFacts[],
  readings: readonly NodeReading[],
  served: NodeId | null,
): readonly NodeFacts[] {
  const successor = claiming.find(({ node }) => node === served);
  const isReplaced = (node: NodeId): boolean => {
    const facts = claiming.find((each) => each.node === node && each !== successor);
    // One that goes on from the same stream as the successor, under a new name, was promoted by somebody too.
    return facts?.replId !== undefined && facts.replId === successor?.replId2;
  };
  const returned = new Set(
    readings.filter(({ node, cameBackAsMaster }) => cameBackAsMaster || isReplaced(node)).map(({ node }) => node),
  );
  const others = claiming.filter(({ node }) => !returned.has(node));
  return others.length === 1 ? others : claiming;
}

/** The only one that claims to be the master, if nobody has promoted it, and the one that was served last says nothing. */
function loneReturned(
  [claim, second]: readonly NodeFacts[],
  readings: readonly NodeReading[],
  last: NodeId | null,
): NodeId | null {
  if (claim === undefined || second !== undefined || claim.node === last) return null;
  const isSilent = readings.some(({ node, silent }) => node === last && silent);
  const isReturned = readings.some(({ node, cameBackAsMaster }) => node === claim.node && cameBackAsMaster);
  return isSilent && isReturned ? claim.node : null;
}

/** Without an owner every node is believed. */
export function isNamed(node: NodeId, naming: Naming | null): boolean {
  return naming === null || naming.master === node;
}

function shardProblem(readings: readonly NodeReading[], claims: readonly NodeFacts[], naming: Naming | null): string {
  // A master that answers a moment earlier than another one must not be served in between.
  const unasked = readings.filter((reading) => reading.facts === null && reading.error === '');
  if (unasked.length > 0) return `${listed(unasked)} not asked yet`;
  const [master, second] = claims;
  if (second !== undefined) return `more than one node says it is a master: ${listed(claims)}`;
  if (master === undefined && naming !== null) return namedInVain(readings, naming);
  if (master === undefined) {
    const down = readings.filter((reading) => reading.facts === null).map(({ node, error }) => `${node}: ${error}`);
    return down.length === 0 ? 'no node says it is a master' : `no node that answers is a master (${down.join('; ')})`;
  }
  return master.loading ? `the master ${master.node} is loading its data set` : '';
}

function namedInVain(readings: readonly NodeReading[], { master }: Naming): string {
  const named = readings.find(({ node }) => node === master);
  const why = named?.facts === null ? `does not answer: ${named.error}` : 'says that it is a replica';
  return `${master}, which is named as the master, ${why}`;
}

function problemOf(
  facts: NodeFacts,
  master: NodeFacts | undefined,
  ids: readonly NodeId[],
  superseded: boolean,
): string {
  if (facts.loading) return 'loading';
  if (facts.role === 'master') return superseded ? 'replaced, and not demoted yet' : '';
  const { follows } = facts;
  // Without a master there is nothing to compare with; that is said of the shard.
  if (follows === undefined || master === undefined) return '';
  if (!followsMaster(facts, master, ids)) {
    return ids.includes(follows.node)
      ? `follows ${follows.node}, which is not the master`
      : `not in this shard: it follows ${follows.node}`;
  }
  if (follows.syncing) return 'in a full synchronisation';
  return follows.linkUp ? '' : `its link to ${follows.node} is down`;
}

function listed(nodes: readonly { readonly node: NodeId }[]): string {
  return nodes.map(({ node }) => node).join(' and ');
}
