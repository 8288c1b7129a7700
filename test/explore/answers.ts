import type { Reply } from '../../src/switchover/events.js';
import type { Arrangement } from '../../src/switchover/strategy.js';
import { NOTHING_ARRANGED } from '../../src/switchover/strategy.js';
import { isDrained } from './data-path-model.js';
import type { Scenario } from './laws.js';
import { endInherited, factsOf, failure, isSeen, type NodeCommand } from './node-model.js';
import { bestOf } from './last-served.js';
import { now } from './process-model.js';
import { isResponsive, nameOf, NODE_NAMES, TICK_MS, type Asked, type NodeName, type World } from './world.js';

/*
 * Who answers what. A command to one node waits in its connection and is executed there; all else is answered in one step, as
 * soon as whoever is needed for it is there.
 */

/** The command, if this is one to a single node. */
export function commandOf({ effect }: Asked): NodeCommand | null {
  switch (effect.type) {
    case 'fence':
    case 'read-applied':
    case 'extend':
    case 'promote':
    case 'unfence':
    case 'read-role':
    case 'examine':
    case 'demote':
    case 'follow':
    case 'read-counters':
    case 'persist':
      return effect;
    default:
      return null;
  }
}

export function nodeOf(asked: Asked): NodeName | null {
  const command = commandOf(asked);
  return command === null ? null : nameOf(command.node);
}

/** The answer to what is not a command to one node; null: not yet. */
export function answerTo(scenario: Scenario, world: World, { effect, due }: Asked): Reply | null {
  const isDue = world.tick >= due;
  switch (effect.type) {
    case 'inspect':
      return inspection(scenario, world, isDue);
    case 'prepare':
      return withNodes(world, isDue, [nameOf(effect.target)], () => ({ type: 'prepared', connections: 1 }));
    case 'measure':
      return withNodes(world, isDue, [nameOf(effect.from), nameOf(effect.to)], () => ({
        type: 'measured',
        masterOffset: world.nodes[nameOf(effect.from)].log.length,
        candidateOffset: world.nodes[nameOf(effect.to)].log.length,
        counters: { full: 0, partial: 0 },
        roundTripMs: { from: 0, to: 0 },
      }));
    case 'arrange':
      return { type: 'arranged', arrangement: arrangementOf(scenario, world) };
    case 'mark':
      return withNodes(world, isDue, [candidateOf(world)], () => ({ type: 'marked' }));
    case 'drain':
      return isDrained(world) ? { type: 'drained' } : null;
    default:
      return null;
  }
}

function candidateOf({ process }: World): NodeName {
  const state = process?.machine.state;
  return state !== undefined && 'sw' in state ? nameOf(state.sw.to) : 'B';
}

/** A dead node refuses the connection at once; one that is silent is waited for. */
function inspection(scenario: Scenario, world: World, isDue: boolean): Reply | null {
  const silent = NODE_NAMES.some((name) => {
    const node = world.nodes[name];
    return node.life !== 'dead' && (!isResponsive(node) || node.hole !== 'none');
  });
  if (silent && !isDue) return null;
  for (const name of NODE_NAMES) if (isSeen(world, name)) endInherited(world, name);
  const reports = NODE_NAMES.map((name) => {
    return isSeen(world, name)
      ? { node: name, facts: factsOf(world, name, scenario.canPause) }
      : { node: name, error: failure('unsent', 'no connection') };
  });
  world.truth = { ...world.truth, best: bestOf(world, reports) };
  for (const name of NODE_NAMES) if (isResponsive(world.nodes[name])) world.nodes[name].connected = true;
  const isArranged = scenario.arrangement === null;
  const survey = { master: null, promotionMs: 0, ...(isArranged ? { isArranged } : {}) };
  return { type: 'inspected', reports, survey };
}

function withNodes(world: World, isDue: boolean, names: readonly NodeName[], answer: () => Reply): Reply | null {
  const nodes = names.map((name) => world.nodes[name]);
  if (nodes.some(({ life }) => life === 'dead')) return { type: 'failed', failure: failure('unsent', 'refused') };
  if (nodes.every((node) => isResponsive(node) && node.hole === 'none')) return answer();
  return isDue ? { type: 'failed', failure: failure('unknown', 'no answer') } : null;
}

/** A beat of two ticks: the gate is to be closed at every other one. */
const BEAT_LEAD_MS = 20;

function arrangementOf({ arrangement }: Scenario, world: World): Arrangement {
  if (arrangement !== 'beat') return NOTHING_ARRANGED;
  // One ms is what the machine allows for a timer that rings late.
  const atMs = now(world) + 2 * TICK_MS + BEAT_LEAD_MS + 1;
  return { beat: { atMs, periodMs: 2 * TICK_MS, leadMs: BEAT_LEAD_MS }, promotionMs: 0, note: '' };
}
