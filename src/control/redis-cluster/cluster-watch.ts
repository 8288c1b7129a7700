import type { NodeId } from '../../config/node-address.js';
import type { Clock } from '../../switchover/ports.js';
import type { Naming, TopologySource } from '../topology-source.js';
import { Witnesses } from '../witnesses.js';
import { masterOf, readClusterView, type ClusterMember, type ClusterNode, type ClusterView } from './cluster-view.js';
import type { Elections } from './elections.js';

/** A connection of the watch's own. */
export interface WatchedNode extends ClusterNode {
  close(): void;
}

/**
 * Whom the cluster names, by what the nodes of the shard know of it. Of those that disagree, as a former master that was cut
 * off and the one elected in its place do, the higher configuration epoch is right.
 */
export class ClusterWatch implements TopologySource {
  readonly owner = 'the cluster';
  readonly #nodes: readonly WatchedNode[];
  readonly #witnesses: Witnesses<WatchedNode, ClusterView>;
  readonly #elections: Elections;
  readonly #clock: Clock;
  #named: NodeId | null = null;

  constructor(nodes: readonly WatchedNode[], elections: Elections, clock: Clock) {
    this.#nodes = nodes;
    this.#witnesses = new Witnesses(nodes, {
      ask: (node, timeoutMs) => this.#view(node, timeoutMs),
      stale: (view) => view,
    });
    this.#elections = elections;
    this.#clock = clock;
  }

  start(): void {
    // The nodes announce nothing to clients: they are asked in each round of the monitor.
  }

  stop(): void {
    for (const node of this.#nodes) node.close();
  }

  async ask(timeoutMs: number): Promise<void> {
    await this.#witnesses.ask(timeoutMs);
    const { master } = this.naming();
    if (master === null || master === this.#named) return;
    if (this.#named !== null) this.#elections.votedOut(this.#named, this.#clock.now());
    this.#named = master;
  }

  naming(): Naming {
    const views = this.#witnesses.views();
    const claims = views.flatMap(({ view }) => {
      const master = masterOf(view);
      return master === undefined ? [] : [{ master, view }];
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
    const master = views.find(({ view }) => view.myId === newest.master.id)?.source.id;
    if (master !== undefined) return { master };
    const problem = `the cluster names ${newest.master.address}, which has not answered yet or is none of the configured nodes`;
    return { master: null, problem };
  }

  #nobody(): string {
    const problems = this.#witnesses.problems();
    return problems.length === 0
      ? 'the nodes have not been asked yet'
      : `nobody names a master: ${problems.join('; ')}`;
  }

  async #view(node: WatchedNode, timeoutMs: number): Promise<ClusterView> {
    const view = await readClusterView(node, timeoutMs);
    this.#elections.seen(node.id, view.voteRequests, this.#clock.now());
    return view;
  }
}

function isMasterBeside({ members }: ClusterView, master: ClusterMember, other: ClusterMember): boolean {
  return (
    other.id !== master.id && members.some(({ id, role, hasSlots }) => id === other.id && role === 'master' && hasSlots)
  );
}
