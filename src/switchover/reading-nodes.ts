import { refuse } from './candidate.js';
import type { Call, Effect } from './effects.js';
import type { Event, EventOf } from './events.js';
import type { Electing } from './failover-states.js';
import { aborted, refused, stopPreflight } from './preflight-endings.js';
import type { Run } from './run.js';
import type { Inspecting } from './states.js';
import type { Calls, Step } from './step.js';

/** How each switch begins: all nodes are read, in bounded time. */
export function readNodes(
  { nodes, settings }: Run,
  calls: Calls,
): { readonly call: Call; readonly deadline: Call; readonly effects: readonly Effect[] } {
  const [call, deadline] = [calls.next(), calls.next()];
  const { preflightTimeoutMs, commandTimeoutMs } = settings;
  const effects: readonly Effect[] = [
    { type: 'wake', call: deadline, ms: preflightTimeoutMs },
    // A dead node must not use up the time that the others need.
    { type: 'inspect', call, nodes, timeoutMs: Math.min(commandTimeoutMs, preflightTimeoutMs) },
  ];
  return { call, deadline, effects };
}

/** @param goOn what is made of the answers. */
export function whileReading<S extends Inspecting | Electing>(
  state: S,
  event: Event,
  calls: Calls,
  goOn: (state: S, event: EventOf<'inspected'>, calls: Calls) => Step,
): Step {
  switch (event.type) {
    case 'inspected':
      return goOn(state, event, calls);
    case 'woke':
      return refused(state, refuse('preflight-timeout', 'while reading the nodes'), calls);
    case 'failed':
      return aborted(state, 'internal-error', event.failure.message, calls);
    default:
      return stopPreflight(state, event, calls);
  }
}
