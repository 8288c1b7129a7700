import { whileAborting } from './aborting.js';
import { whileAppointing } from './appointing.js';
import { turnAway } from './endings.js';
import type { Call, Effect } from './effects.js';
import { isAnswer, type Event, type EventOf } from './events.js';
import { halt } from './halting.js';
import { whileCatchingUp, whileDraining, whileExtending, whileFencing, whileHolding, whilePromoting } from './hold.js';
import { whileArranging, whileMeasuring } from './measuring.js';
import { beginElection, whileElecting } from './electing.js';
import { giveBack, giveWay } from './overtaken.js';
import { beginPreflight, whileInspecting, whilePreparing } from './preflight.js';
import { whileRedirecting } from './redirecting.js';
import { whileResolving } from './resolving.js';
import { whileRetreating } from './retreating.js';
import { switchFromIntent } from './run.js';
import { acceptLoss, beginLateSettling, mayBeInterrupted, whileSettling } from './settling.js';
import { awaited, type Interrupted, type State } from './states.js';
import { Calls, ImpossibleTransition, stay, type Step } from './step.js';
import { whileRecording, whileTiming } from './timing.js';
import { giveUpAfterCrash, whileUnresolved } from './unresolved.js';

/*
 * How a switchover goes; each step has a file that tells it in detail.
 *
 * 1. `preflight.ts`    choose the nodes, prepare, measure (`measuring.ts`), write down the intent (`timing.ts`); no client notices
 * 2. `hold.ts`         close the gate, drain, fence, catch up, promote
 * 3. `redirecting.ts`  swap the master, open the gate: the stall ends here
 * 4. `settling.ts`     demote the old master, re-point the others, beside the traffic
 *
 * A dead master can not take part: `electing.ts` and `appointing.ts` stand for 1 and 2 then.
 *
 * What fails before the gate is closed is a refusal, and changes nothing. What fails before the promotion is an abort
 * (`aborting.ts`): the gate is opened to the old master. A promotion without an answer is resolved (`resolving.ts`), and if
 * that takes too long the clients are let go without a master (`unresolved.ts`).
 */

/** The machine between two events: plain data. */
export interface Machine {
  readonly state: State;
  /** The last number given to a question. */
  readonly lastCall: Call;
}

export const INITIAL_MACHINE: Machine = { state: { type: 'serving' }, lastCall: 0 };

/**
 * Decides what an event changes and what is to be done about it. Pure and total: time and ids come in with the event.
 *
 * @throws ImpossibleTransition for an event that can not come: a defect. The driver answers it with `crashed`, which
 *   every state can take.
 */
export function transition(
  machine: Machine,
  event: Event,
): { readonly machine: Machine; readonly effects: readonly Effect[] } {
  // The answer to a question that nobody waits for any more.
  if (isAnswer(event) && !awaited(machine.state).includes(event.call)) return { machine, effects: [] };
  const calls = new Calls(machine.lastCall);
  const { state, effects } = decide(machine.state, event, calls);
  return { machine: { state, lastCall: calls.last }, effects };
}

function decide(state: State, event: Event, calls: Calls): Step {
  switch (event.type) {
    case 'requested':
      return admit(state, event, calls);
    case 'failover-requested':
      return admitFailover(state, event, calls);
    case 'resumed':
      return state.type === 'serving' ? resume(event, calls) : stay(state);
    case 'loss-accepted':
      return stay(state.type === 'settling' ? acceptLoss(state, event.node) : state);
    case 'overtaken':
      return state.type === 'settling' ? giveWay(state, event.master) : stay(state);
    case 'examined':
      return giveBack(state, event) ?? proceed(state, event, calls);
    case 'stop':
      return halt(state, 'shutting-down', '', event.at, calls);
    case 'crashed':
      return crash(state, event, calls);
    default:
      return proceed(state, event, calls);
  }
}

/** Begins a switchover, or says why not. */
function admit(state: State, event: EventOf<'requested'>, calls: Calls): Step {
  switch (state.type) {
    case 'serving':
      return beginPreflight(event, null, calls);
    case 'settling': {
      if (!mayBeInterrupted(state))
        return turnAway(state, event, state.deadline === null ? 'not-settled' : 'in-progress');
      return interrupting(state, beginPreflight(event, state, calls));
    }
    case 'unresolved':
      return turnAway(state, event, 'not-settled');
    case 'stopped':
      return turnAway(state, event, state.why);
    default:
      return turnAway(state, event, 'in-progress');
  }
}

/**
 * Begins a failover. It may also interrupt what waits for a node that does not come back: a demotion, or the outcome of a
 * promotion on a candidate that has died over it. Whoever may be left as a master by that is demoted when it answers.
 */
function admitFailover(state: State, event: EventOf<'failover-requested'>, calls: Calls): Step {
  switch (state.type) {
    case 'serving':
      return beginElection(event, null, calls);
    case 'settling':
      if (state.deadline !== null) return turnAway(state, event, 'in-progress');
      return interrupting(state, beginElection(event, state, calls));
    case 'unresolved':
      return interrupting(state, beginElection(event, state, calls));
    case 'stopped':
      return turnAway(state, event, 'shutting-down');
    default:
      return turnAway(state, event, 'in-progress');
  }
}

function interrupting(state: Interrupted, step: Step): Step {
  const cancelled = awaited(state).map((call): Effect => ({ type: 'cancel', call }));
  return { state: step.state, effects: [...cancelled, ...step.effects] };
}

/** Settles what an earlier process left: the promotion is known to have run, and nothing is known of the old master's pause. */
function resume(event: EventOf<'resumed'>, calls: Calls): Step {
  return beginLateSettling(switchFromIntent(event), calls);
}

/** A defect was met. What can be undone is undone; where the promotion may have run, nothing is assumed. */
function crash(state: State, event: EventOf<'crashed'>, calls: Calls): Step {
  switch (state.type) {
    case 'serving':
    case 'stopped':
      return stay(state);
    case 'promoting':
    case 'resolving':
    case 'redirecting':
      return giveUpAfterCrash(state, event.message, event.at, calls);
    case 'aborting':
    case 'settling':
    case 'unresolved':
      return halt(state, 'internal-error', event.message, event.at, calls);
    default:
      return proceed(state, event, calls);
  }
}

function proceed(state: State, event: Event, calls: Calls): Step {
  switch (state.type) {
    case 'serving':
    case 'stopped':
      if (isAnswer(event)) throw new ImpossibleTransition(state, event);
      return stay(state);
    case 'inspecting':
      return whileInspecting(state, event, calls);
    case 'preparing':
      return whilePreparing(state, event, calls);
    case 'measuring':
      return whileMeasuring(state, event, calls);
    case 'arranging':
      return whileArranging(state, event, calls);
    case 'recording':
      return whileRecording(state, event, calls);
    case 'timing':
      return whileTiming(state, event, calls);
    case 'electing':
      return whileElecting(state, event, calls);
    case 'appointing':
      return whileAppointing(state, event, calls);
    case 'holding':
      return whileHolding(state, event, calls);
    case 'draining':
      return whileDraining(state, event, calls);
    case 'fencing':
      return whileFencing(state, event, calls);
    case 'catching-up':
      return whileCatchingUp(state, event, calls);
    case 'extending':
      return whileExtending(state, event, calls);
    case 'promoting':
      return whilePromoting(state, event, calls);
    case 'resolving':
      return whileResolving(state, event, calls);
    case 'redirecting':
      return whileRedirecting(state, event, calls);
    case 'retreating':
      return whileRetreating(state, event, calls);
    case 'aborting':
      return whileAborting(state, event, calls);
    case 'settling':
      return whileSettling(state, event, calls);
    case 'unresolved':
      return whileUnresolved(state, event, calls);
  }
}
