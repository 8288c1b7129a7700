import type { Recording, Timing } from './states.js';
import type { Calls, Step } from './step.js';

/** The first step of the hold. */
export function closeGate(state: Recording | Timing, calls: Calls): Step {
  const { sw, interrupted } = state;
  const [call, deadline] = [calls.next(), calls.next()];
  return {
    state: { type: 'holding', sw, interrupted, call, deadline },
    effects: [
      { type: 'hold', call },
      { type: 'wake', call: deadline, ms: sw.run.settings.syncTimeoutMs },
    ],
  };
}
