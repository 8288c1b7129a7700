import { NodeError } from '../../switchover/ports.js';
import { parseMembers, type ClusterNode, type ClusterView } from './cluster-view.js';

/** A connection to a node of another shard, for one question. */
export interface Voter extends ClusterNode {
  close(): void;
}

/** So many are asked at most: they hear of a change at about the same time, and a cluster may have hundreds. */
const ASKED_MAX = 16;

/** How the masters that vote see a candidate. */
export interface Awareness {
  /** Asked, or (the master itself) known. */
  readonly voters: number;
  /** Those that take it for something else than a replica of its master; they would not vote for it. */
  readonly unaware: number;
}

/**
 * Asks the masters of the other shards. They hear that a replica has another master from itself, up to a second or half of
 * `cluster-node-timeout` later; until then they judge it by its former one, about which they may have voted just now. One
 * that does not answer is taken to know.
 *
 * @param master the view of the candidate's master.
 */
export async function askVoters(
  master: ClusterView,
  candidateId: string,
  dial: (address: string) => Voter,
  timeoutMs: number,
): Promise<Awareness> {
  const others = master.members.filter(({ id, role, hasSlots }) => id !== master.myId && role === 'master' && hasSlots);
  const asked = others.slice(0, ASKED_MAX);
  const answers = await Promise.all(
    asked.map(({ address }) => isAware(dial(address), master.myId, candidateId, timeoutMs)),
  );
  return { voters: asked.length + 1, unaware: answers.filter((aware) => !aware).length };
}

async function isAware(voter: Voter, masterId: string, candidateId: string, timeoutMs: number): Promise<boolean> {
  try {
    const [reply] = await voter.ask([['CLUSTER', 'NODES']], timeoutMs);
    if (reply instanceof NodeError) return true;
    const seen = parseMembers(String(reply)).find(({ id }) => id === candidateId);
    return seen?.role === 'replica' && seen.masterId === masterId;
  } catch {
    return true;
  } finally {
    voter.close();
  }
}
