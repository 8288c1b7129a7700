/**
 * One failover by kvrocks-controller: asked for once, and pursued until it is known what became of it.
 *
 * 1. The controller that leads is asked. Its answer says it all, if it is one: done, or refused before anything was done.
 * 2. An error on its side, a redirection, a connection that it ended: it is finished with it, and the topology tells what it did. A
 *    failover that ran has counted the version up and named another master before anything of it came to a node.
 * 3. Nothing was done, and a follower was asked, or nobody was reached: the leader is asked. It is the first to run it.
 * 4. No answer at all: it may still run, for as long as the connection is open. Nobody else is asked meanwhile.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ExchangeError } from './exchange.js';
import type { OwnedCluster } from './cluster-schema.js';
import type { ClusterReading, ControllerClient, FailoverAnswer, FailoverOrder } from './controller-client.js';

/** What is to be done, by what was read just before. */
export interface FailoverPlan {
  readonly leader: string;
  /** Index of the shard. */
  readonly shard: number;
  /** Of the topology. */
  readonly version: number;
  /** Ids of the nodes. */
  readonly from: string;
  readonly to: string;
}

/**
 * What became of it:
 * - `promoted`: the controller's topology names the node;
 * - `replaced`: it names another one, whose id is `node`;
 * - `not-done`: it names the old master, and nothing of this failover can run any more;
 * - `open`: it may still run.
 */
export type FailoverOutcome =
  | { readonly type: 'promoted' }
  | { readonly type: 'replaced'; readonly node: string }
  | { readonly type: 'not-done'; readonly why: string }
  | { readonly type: 'open'; readonly why: string };

/**
 * So long an answer is waited for, in the background, ms. A controller that works has one within seconds. One that hangs is ended by somebody,
 * and then the end of the connection is what settles the matter: so an hour.
 */
const ANSWER_TIMEOUT_MS = 3_600_000;
/** One reading of the topology while an outcome is unclear, ms. */
const READ_TIMEOUT_MS = 1000;
/** Between two readings that failed, ms, doubled each time: a new leader is elected within seconds, or somebody has to repair something. */
const READ_PAUSE_MS = { first: 50, most: 1000 };
/** The leader may change once while it is asked; twice is something else. */
const REQUESTS_MAX = 3;

/** Runs a failover to its outcome; bounded by {@link ANSWER_TIMEOUT_MS} as a whole. Never rejects. */
export async function runFailover(
  client: ControllerClient,
  plan: FailoverPlan,
  options: FailoverOrder['options'],
): Promise<FailoverOutcome> {
  const until = performance.now() + ANSWER_TIMEOUT_MS;
  const order: FailoverOrder = { preferred_node_id: plan.to, options };
  let { leader } = plan;
  let why = '';
  for (let requests = 1; requests <= REQUESTS_MAX; requests++) {
    const answer = await request(client, leader, plan.shard, order, until);
    if (answer.type === 'done') return outcomeOf(plan, answer.node);
    if (answer.type === 'refused') return { type: 'not-done', why: answer.message };
    if (answer.type === 'silent') return { type: 'open', why: answer.message };
    why = answer.message;
    const reading = await readTopology(client, until);
    if (reading === null) return { type: 'open', why };
    const master = masterOf(reading.cluster, plan);
    if (master !== plan.from) return outcomeOf(plan, master);
    // With another version, what was read before the switch holds no more; somebody changes the topology.
    if (answer.type !== 'not-run' || reading.cluster.version !== plan.version) return { type: 'not-done', why };
    ({ leader } = reading);
  }
  return { type: 'not-done', why };
}

/** `not-run`: nobody has run it, or a follower has, and the topology tells; `silent`: it may be running. */
type Requested =
  | Exclude<FailoverAnswer, { readonly type: 'redirected' }>
  | { readonly type: 'not-run'; readonly message: string }
  | { readonly type: 'silent'; readonly message: string };

async function request(
  client: ControllerClient,
  leader: string,
  shard: number,
  order: FailoverOrder,
  until: number,
): Promise<Requested> {
  try {
    const answer = await client.failover(leader, shard, order, leftMs(until));
    return answer.type === 'redirected' ? { type: 'not-run', message: answer.message } : answer;
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error;
    const message = `${leader}: ${error.message}`;
    if (error.kind === 'unsent') return { type: 'not-run', message };
    return { type: error.isOver ? 'unclear' : 'silent', message };
  }
}

async function readTopology(client: ControllerClient, until: number): Promise<ClusterReading | null> {
  let pauseMs = READ_PAUSE_MS.first;
  while (performance.now() < until) {
    try {
      return await client.read(READ_TIMEOUT_MS);
    } catch {
      // Nobody waits for it when the process ends.
      await delay(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(pauseMs * 2, READ_PAUSE_MS.most);
    }
  }
  return null;
}

/** The id of the shard's master; the shard is known by the old master, wherever it stands now. */
function masterOf({ shards }: OwnedCluster, { from }: FailoverPlan): string {
  const shard = shards.find(({ nodes }) => nodes.some(({ id }) => id === from));
  return shard?.nodes.find(({ role }) => role === 'master')?.id ?? '';
}

function outcomeOf({ to }: FailoverPlan, master: string): FailoverOutcome {
  return master === to ? { type: 'promoted' } : { type: 'replaced', node: master };
}

function leftMs(until: number): number {
  return Math.max(1, Math.ceil(until - performance.now()));
}
