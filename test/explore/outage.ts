import { lastServed } from './last-served.js';
import { factsOf, isSeen } from './node-model.js';
import { give, now, running, type Explored } from './process-model.js';
import { isMaster, NODE_NAMES, type NodeName, type World } from './world.js';

/*
 * The master falls silent, and Holdfast is asked for a failover: by its own watch (`auto_failover`), or by an operator.
 */

/** Attempts of the watch: more than the outages that there can be, so that one that came to nothing is followed by another. */
const ATTEMPTS = ['x', 'z', 'v'] as const;

/** How a master may fall silent. The last two are wrong to take for death; nothing else is known of them. */
export const SILENCES: readonly { readonly label: string; readonly begin: (world: World) => void }[] = [
  { label: 'A dies', begin: (world) => void Object.assign(world.nodes.A, { life: 'dead', connected: false }) },
  { label: 'A is frozen', begin: (world) => void (world.nodes.A.life = 'frozen') },
  { label: 'A can not be reached', begin: (world) => void (world.nodes.A.hole = 'both') },
];

/** Whether the scenario is one of an outage that has not begun. */
export function isBeforeOutage({ scenario }: Explored, { truth }: World): boolean {
  return scenario.begins === 'outage' && !truth.begun;
}

/** The attempt that the watch would begin now; null: it sees no reason, or has given up. */
export function dueAttempt({ scenario }: Explored, world: World): string | null {
  const { process } = world;
  if (scenario.begins !== 'outage' || process === null || process.mode !== 'running' || process.master !== null)
    return null;
  if (process.requests.length > 0) return null;
  const attempt = nextAttempt(world);
  if (attempt === undefined) return null;
  const { state } = process.machine;
  if (state.type === 'unresolved') return state.opening === null ? attempt : null;
  const mayAsk = state.type === 'serving' || (state.type === 'settling' && state.deadline === null);
  if (!mayAsk) return null;
  const hasReplica = NODE_NAMES.some((name) => isSeen(world, name) && !isMaster(world.nodes[name]));
  const last = lastServed(world);
  return hasReplica && (!isSeen(world, last) || isDeposed(world, last)) ? attempt : null;
}

/** The first attempt that was not made; undefined: all were, and a person has to look. */
export function nextAttempt({ truth }: World): string | undefined {
  return ATTEMPTS.find((id) => !truth.finished.includes(id) && !truth.promotionsSent.includes(id));
}

/** Asks for a failover. `force`: also against signs of life that prove no master that serves. */
export function requestFailover(explored: Explored, world: World, id: string, force: boolean): void {
  const process = running(world);
  const { settings, traits } = explored.scenario;
  const node = lastServed(world);
  const seen = process.master === null ? process.lastServed : { node, offset: world.nodes[node].log.length };
  const facts = seen === null ? null : { ...factsOf(world, node, true), role: 'master' as const, offset: seen.offset };
  process.requests = [...process.requests, id];
  give(explored, world, {
    type: 'failover-requested',
    at: now(world),
    id,
    startedAt: '',
    to: null,
    dryRun: false,
    settings,
    strategy: traits,
    nodes: NODE_NAMES,
    epoch: process.journal.epoch + 1,
    lost: {
      node,
      facts,
      seenAt: facts === null ? null : now(world),
      silentSince: null,
      force,
      deposed: isDeposed(world, node),
    },
    unfinished: process.journal.intent,
  });
}

/** All answer, and nobody is a master. */
function isDeposed(world: World, last: NodeName): boolean {
  return isSeen(world, last) && NODE_NAMES.every((name) => !isSeen(world, name) || !isMaster(world.nodes[name]));
}
