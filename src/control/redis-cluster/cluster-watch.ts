import type { NodeId } from '../../config/node-address.js';
import type { Clock } from '../../switchover/ports.js';
import type { Naming, TopologySource } from '../topology-source.js';
import { masterOf, readClusterView, type ClusterMember, type ClusterNode, type ClusterView } from './cluster-view.js';
import type { Elections } from './elections.js';

/** A connection of the watch's own. */
export interface WatchedNode extends ClusterNode {
  close(): void;
}

/** One node, and what it knows of the cluster. */
interface Witness {
  readonly node: WatchedNode;
  /** What it said last; it may be gone since. */
  view: ClusterView | null;
  problem: string;
  asking: Promise<void> | null;
}

/**
 * Whom the cluster names, by what the nodes of the shard know of it. Of those that disagree, as a former master that was cut
 * off and the one elected in its place do, the higher configuration epoch is right.
 */
export class ClusterWatch implements TopologySource {
  readonly owner = 'the cluster';
  readonly #witnesses: readonly Witness[];
  readonly #elections: Elections;
  readonly #clock: Clock;
  #named: NodeId | null = null;

  constructor(nodes: readonly WatchedNode[], elections: Elections, clock: Clock) {
    this.#witnesses = nodes.map((node) => ({ node, view: null, problem: '', asking: null }));
    this.#elections = elections;
    this.#clock = clock;
  }

  start(): void {
    // The nodes announce nothing to clients: they are asked in each round of the monitor.
  }

  stop(): void {
    for (const { node } of this.#witnesses) node.close();
  }

  async ask(timeoutMs: number): Promise<void> {
    const answers = this.#witnesses.map((witness) => {
      const isSilent = witness.problem !== '';
      // One question at a time: those to a node that hangs must not pile up.
      witness.asking ??= this.#askOne(witness, timeoutMs).finally(() => {
        witness.asking = null;
      });
      return isSilent ? Promise.resolve() : witness.asking;
    });
    await Promise.all(answers);
    const { master } = this.naming();
    if (master === null || master === this.#named) return;
    if (this.#named !== null) this.#elections.votedOut(this.#named, this.#clock.now());
    this.#named = master;
  }

  naming(): Naming {
    const claims = this.#witnesses.flatMap(({ view }) => {
      const master = view === null ? undefined : masterOf(view);
      return view === null || master === undefined ? [] : [{ master, view }];
    });
    const [first, ...rest] = claims;
    if (first === undefined) return { master: null, problem: this.#nobody() };
    const newest = rest.reduce(
      (best, each) => (each.master.configEpoch > best.master.configEpoch ? each : best),
      first,
    );
    // Whoever knows the newest master knows that a former one has lost its slots.
    const other = claims.find(({ master }) => isMasterBeside(newest.view, newest.master, master));
    if (other !== undefined) {
      const problem = `${newest.master.address} and ${other.master.address} are masters of different shards`;
      return { master: null, problem };
    }
    const master = this.#witnesses.find(({ view }) => view?.myId === newest.master.id)?.node.id;
    if (master !== undefined) return { master };
    const problem = `the cluster names ${newest.master.address}, which has not answered yet or is none of the configured nodes`;
    return { master: null, problem };
  }

  #nobody(): string {
    const problems = this.#witnesses.flatMap(({ problem }) => (problem === '' ? [] : [problem]));
    return problems.length === 0
      ? 'the nodes have not been asked yet'
      : `nobody names a master: ${problems.join('; ')}`;
  }

  async #askOne(witness: Witness, timeoutMs: number): Promise<void> {
    const { node } = witness;
    try {
      const view = await readClusterView(node, timeoutMs);
      this.#elections.seen(node.id, view.voteRequests, this.#clock.now());
      witness.view = view;
      witness.problem = '';
    } catch (error) {
      witness.problem = error instanceof Error ? error.message : String(error);
    }
  }
}

function isMasterBeside({ members }: ClusterView, master: ClusterMember, other: ClusterMember): boolean {
  return (
    other.id !== master.id && members.some(({ id, role, hasSlots }) => id === other.id && role === 'master' && hasSlots)
  );
}
