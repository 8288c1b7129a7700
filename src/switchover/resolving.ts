import { beginAbort } from './aborting.js';
import { abortSentence } from './endings.js';
import type { Call, Effect } from './effects.js';
import type { Event } from './events.js';
import { beginProbes, cancelProbes, decide, observe, type Verdict } from './probing.js';
import { beginRedirect } from './redirecting.js';
import type { Promoting, Resolving } from './states.js';
import { type Calls, stay, type Step } from './step.js';
import { giveUp } from './unresolved.js';
import type { AbortReason } from './reasons.js';

/*
 * Unknown is not no. The promotion was sent and its answer did not come: it may have run, or may still run.
 *
 * 1. Both nodes are asked for their roles, over and over; the gate stays shut, and the old master's pause is renewed.
 * 2. The candidate says it is a master, with at least the data it had: it was promoted. Redirect. (The old master still
 *    says so too: nobody has demoted it yet.)
 * 3. The candidate says it is a replica and the old master says it is a master: the promotion did not happen. Abort.
 * 4. The promotion's own answer comes late: that decides too.
 * 5. `resolve_timeout_ms` is over: see `unresolved.ts`.
 */

/** `promotion`: the call whose answer may still come. */
export function beginResolving(state: Promoting, promotion: Call | null, at: number, calls: Calls): Step {
  const { sw, interrupted } = state;
  const deadline = calls.next();
  const probes = beginProbes(sw, promotion, at, calls);
  return {
    state: { type: 'resolving', interrupted, ...probes.unknown, deadline },
    effects: [
      { type: 'cancel', call: state.deadline },
      { type: 'wake', call: deadline, ms: sw.run.settings.resolveTimeoutMs },
      ...probes.effects,
    ],
  };
}

export function whileResolving(state: Resolving, event: Event, calls: Calls): Step {
  if (event.type === 'abort-requested' || event.type === 'shutdown') return stay(state);
  if (event.type === 'woke' && event.call === state.deadline) return giveUp(state, calls);
  const observed = observe(state, event, calls);
  const next: Resolving = { ...state, ...observed.unknown };
  const verdict = observed.verdict ?? decide(next);
  if (verdict === null) return { state: next, effects: observed.effects };
  return conclude(next, verdict, event.at, calls);
}

function conclude(state: Resolving, verdict: Verdict, at: number, calls: Calls): Step {
  const cancelled: readonly Effect[] = cancelProbes(state);
  if (verdict.promoted) {
    const step = beginRedirect(state.sw, [state.deadline], at, calls);
    return { state: step.state, effects: [...step.effects, ...cancelled] };
  }
  const { sw, interrupted, deadline } = state;
  const reason: AbortReason = verdict.reason;
  const sentence = abortSentence(reason, verdict.particulars);
  const step = beginAbort(
    { sw, interrupted, reason, sentence, mayBePaused: sw.canPause, cancelled: [deadline] },
    calls,
  );
  return { state: step.state, effects: [...step.effects, ...cancelled] };
}
