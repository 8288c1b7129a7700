import type { Effect } from '../../src/switchover/effects.js';
import type { AnswerEvent, Event } from '../../src/switchover/events.js';
import type { Machine } from '../../src/switchover/machine.js';
import { awaited, type State } from '../../src/switchover/states.js';
import { PRODUCT, type Laws } from './laws.js';
import { RECOVERY_MUTANTS } from './recovery-mutants.js';
import { nameOf, TICK_MS, type Trouble } from './world.js';

/*
 * Bugs, put in around the product's functions: each is a way in which such a program was, or easily could be, wrong. The
 * exploration has to find every one of them.
 */

/** The product with a bug. */
export interface Mutant {
  readonly bug: string;
  /** The first words of the promise that it breaks. */
  readonly breaks: string;
  readonly laws: Laws;
  /** Where it shows, if not in the plain scenario. */
  readonly scenario?: string;
  /** Which kinds of trouble are let loose; all, if it does not say. */
  readonly troubles?: readonly Trouble[];
  /** How much trouble it takes. */
  readonly budget: 0 | 1 | 2;
}

type Decided = ReturnType<Laws['transition']>;

/** What the machine decides, changed by a bug. `event` and `before` are what led to it. */
function decides(change: (decided: Decided, event: Event, before: Machine) => Decided): Laws {
  return {
    ...PRODUCT,
    transition: (machine, event) => change(PRODUCT.transition(machine, event), event, machine),
  };
}

/** The event as a bug sees it. */
function sees(change: (machine: Machine, event: Event) => Event): Laws {
  return { ...PRODUCT, transition: (machine, event) => PRODUCT.transition(machine, change(machine, event)) };
}

/** The state that the machine decides in, as a bug has it. */
function remembers(change: (state: State, event: Event) => State): Laws {
  return {
    ...PRODUCT,
    transition: (machine, event) => {
      const remembered = { ...machine, state: change(machine.state, event) };
      const decided = PRODUCT.transition(remembered, event);
      return decided.machine === remembered ? { machine, effects: [] } : decided;
    },
  };
}

function withEffects({ machine }: Decided, effects: readonly Effect[]): Decided {
  return { machine, effects };
}

/** Each effect, and what a bug makes of it. */
function each(change: (effect: Effect) => readonly Effect[]): Laws {
  return decides((decided) =>
    withEffects(
      decided,
      decided.effects.flatMap((effect) => change(effect)),
    ),
  );
}

/** The effects without those of one kind, in one state. */
function forgets(type: Effect['type'], isMeant: (event: Event, before: State) => boolean = () => true): Laws {
  return decides((decided, event, { state }) =>
    isMeant(event, state)
      ? withEffects(
          decided,
          decided.effects.filter((effect) => effect.type !== type),
        )
      : decided,
  );
}

/** A pause that is taken to last for ever. */
function withoutPauseCheck(state: State): State {
  return state.type === 'catching-up' ? { ...state, sw: { ...state.sw, pauseUntil: Infinity } } : state;
}

function asAnswer(event: AnswerEvent, call: number): Event {
  return { ...event, call };
}

export const MUTANTS: readonly Mutant[] = [
  {
    bug: 'the promotion is sent although the pause has ended',
    breaks: 'nothing acknowledged is lost',
    budget: 1,
    troubles: ['standstill'],
    laws: remembers(withoutPauseCheck),
  },
  {
    bug: 'the gate is opened before the promotion is answered',
    breaks: 'unknown is not no',
    budget: 0,
    laws: each((effect) => (effect.type === 'promote' ? [effect, { type: 'open', call: -1 }] : [effect])),
  },
  {
    bug: 'the pause is ended before the old master is demoted',
    breaks: 'nothing acknowledged is lost',
    budget: 0,
    laws: each((effect) =>
      effect.type === 'demote'
        ? [{ type: 'unfence', call: -1, node: effect.node, timeoutMs: effect.timeoutMs }, effect]
        : [effect],
    ),
  },
  {
    bug: 'an answer of an earlier attempt is taken for that of this one',
    breaks: 'replies never cross',
    budget: 0,
    laws: sees((machine, event) => {
      if (event.type !== 'applied' || awaited(machine.state).includes(event.call)) return event;
      return 'reading' in machine.state ? asAnswer(event, machine.state.reading) : event;
    }),
  },
  {
    bug: 'the offsets are compared for equality',
    breaks: 'everything has an end',
    scenario: 'pings',
    budget: 0,
    laws: sees((machine, event) => {
      const { state } = machine;
      if (event.type !== 'applied' || state.type !== 'catching-up') return event;
      return event.offset === state.sw.targetOffset ? event : { ...event, offset: -1 };
    }),
  },
  {
    bug: 'a promotion without an answer is aborted',
    breaks: 'unknown is not no',
    budget: 1,
    laws: sees((machine, event) => {
      const isLost = event.type === 'failed' && machine.state.type === 'promoting' && event.call === machine.state.call;
      return isLost ? { ...event, failure: { ...event.failure, kind: 'refused' } } : event;
    }),
  },
  {
    bug: 'the gate is opened twice',
    breaks: 'one opening for each closing',
    budget: 0,
    laws: each((effect) => (effect.type === 'open' ? [effect, effect] : [effect])),
  },
  {
    bug: 'the promotion is sent twice',
    breaks: 'at most once',
    budget: 0,
    laws: each((effect) => (effect.type === 'promote' ? [effect, effect] : [effect])),
  },
  {
    bug: 'the writes in flight are not waited for',
    breaks: 'nothing acknowledged is lost',
    scenario: 'no pause',
    budget: 0,
    laws: decides((decided, event, before) => {
      if (event.type !== 'held' || decided.machine.state.type !== 'draining') return decided;
      const { call } = decided.machine.state;
      const next = PRODUCT.transition(decided.machine, { type: 'drained', call, at: event.at });
      return before === decided.machine ? decided : next;
    }),
  },
  {
    bug: 'the offset is read before the pause',
    breaks: 'nothing acknowledged is lost',
    budget: 0,
    laws: {
      ...PRODUCT,
      execute: (world, effect) => {
        const reply = PRODUCT.execute(world, effect);
        if (reply.type !== 'fenced') return reply;
        // What a client writes between the two.
        const node = world.nodes[nameOf(effect.node)];
        if (world.writes.Y === 'new') {
          node.log += 'Y';
          world.writes.Y = 'acked A';
        }
        return reply;
      },
    },
  },
  {
    bug: 'the candidate is not waited for',
    breaks: 'nothing acknowledged is lost',
    budget: 0,
    laws: remembers((state, event) =>
      event.type === 'fenced' && state.type === 'fencing'
        ? { ...state, sw: { ...state.sw, appliedOffset: Infinity } }
        : state,
    ),
  },
  {
    bug: 'the intent is not written',
    breaks: 'the intent is written before the promotion',
    budget: 0,
    laws: decides((decided, event) => {
      const { state } = decided.machine;
      if (state.type !== 'recording') return decided;
      return PRODUCT.transition(decided.machine, { type: 'recorded', call: state.call, at: event.at });
    }),
  },
  {
    bug: 'the intent is crossed out when the gate opens, before the demotion',
    breaks: 'recovery',
    budget: 1,
    laws: each((effect) =>
      effect.type === 'record' && effect.change.report.outcome === 'switched'
        ? [{ ...effect, change: { ...effect.change, intentDone: true } }]
        : [effect],
    ),
  },
  {
    bug: 'a start serves the old master while the candidate is silent',
    breaks: 'unknown is not no',
    troubles: ['crash', 'frozen B'],
    budget: 2,
    laws: {
      ...PRODUCT,
      planRecovery: (state, roles) => {
        const plan = PRODUCT.planRecovery(state, roles);
        const intent = state?.intent ?? null;
        if (plan.type !== 'wait' || intent === null || roles.get(intent.from)?.role !== 'master') return plan;
        return { type: 'undo', master: intent.from, intent };
      },
    },
  },
  ...RECOVERY_MUTANTS,
  {
    bug: 'of two masters a start serves the old one',
    breaks: 'unknown is not no',
    budget: 1,
    laws: {
      ...PRODUCT,
      planRecovery: (state, roles) => {
        const plan = PRODUCT.planRecovery(state, roles);
        return plan.type === 'finish' && roles.get(plan.intent.from)?.role === 'master'
          ? { type: 'undo', master: plan.intent.from, intent: plan.intent }
          : plan;
      },
    },
  },
  {
    bug: 'the demotion is forgotten',
    breaks: 'everything has a bound',
    budget: 0,
    laws: forgets('demote'),
  },
  {
    bug: 'the redirect comes after the opening of the gate',
    breaks: 'one opening for each closing',
    budget: 0,
    laws: decides((decided, event) => {
      const redirect = decided.effects.find((effect) => effect.type === 'redirect');
      if (redirect === undefined || event.type !== 'promoted') return decided;
      return withEffects(decided, [{ type: 'open', call: -1 }, ...decided.effects]);
    }),
  },
  {
    bug: 'the answers to two tasks of the settling are mixed up',
    breaks: 'total',
    budget: 0,
    laws: sees((machine, event) => {
      if (machine.state.type !== 'settling' || event.type !== 'role') return event;
      const other = machine.state.tasks.find(({ step, call }) => step !== 'done' && call !== event.call);
      return other === undefined ? event : asAnswer(event, other.call);
    }),
  },
  {
    bug: 'the gate is left to the old master when the roles stay unknown',
    breaks: 'unknown is not no',
    budget: 1,
    laws: forgets('withdraw'),
  },
  {
    bug: 'a candidate that is empty is taken for promoted',
    breaks: 'nothing acknowledged is lost',
    troubles: ['mute B', 'emptied B'],
    budget: 2,
    laws: sees((machine, event) =>
      event.type === 'role' && machine.state.type === 'resolving' && event.role.role === 'master'
        ? { ...event, role: { ...event.role, offset: Infinity } }
        : event,
    ),
  },
  {
    bug: 'the pause is not renewed while the promotion is unresolved',
    breaks: 'nothing acknowledged is lost',
    troubles: ['frozen B'],
    budget: 1,
    // It is put off, for longer than anybody waits.
    laws: each((effect) =>
      effect.type === 'extend' ? [{ type: 'wake', call: effect.call, ms: 1_000_000 * TICK_MS }] : [effect],
    ),
  },
  {
    bug: 'a hold does not end when the time for it is over',
    breaks: 'everything has a bound',
    budget: 1,
    laws: decides((decided, event, before) =>
      event.type === 'woke' && (before.state.type === 'fencing' || before.state.type === 'catching-up')
        ? { machine: before, effects: [] }
        : decided,
    ),
  },
  {
    bug: 'an aborted switch does not open the gate',
    breaks: 'everything has a bound',
    budget: 1,
    laws: forgets('open', (_, state) => state.type !== 'redirecting'),
  },
  {
    bug: 'the operator is not answered',
    breaks: 'everything has an end',
    budget: 0,
    laws: forgets('answer'),
  },
];
