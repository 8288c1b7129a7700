import { abortSentence, concludePreflight, unresolvedSentence } from './endings.js';
import type { Effect } from './effects.js';
import { phasesOf, reportSwitch, type Ending } from './report.js';
import { mark, type Switch } from './run.js';
import { reportSettling } from './settling.js';
import { awaited, type State, type Stopped } from './states.js';
import { type Calls, stay, type Step } from './step.js';

/**
 * Ends everything at once: the process stops, or a defect was met where there is no other way. A closed gate is opened:
 * to the old master while that is certain to be the master, else with no master.
 */
export function halt(state: State, why: Stopped['why'], message: string, at: number, calls: Calls): Step {
  const stopped: Stopped = { type: 'stopped', why };
  const cancelled = awaited(state).map((call): Effect => ({ type: 'cancel', call }));
  const abort: Ending = { outcome: 'aborted', reason: why, sentence: abortSentence(why, message) };
  const lost: Ending = {
    outcome: 'unresolved',
    reason: 'roles-unknown',
    sentence: unresolvedSentence('roles-unknown', message),
  };
  switch (state.type) {
    case 'serving':
      return { state: stopped, effects: [] };
    case 'stopped':
      return stay(state);
    case 'inspecting':
    case 'preparing':
    case 'measuring':
    case 'arranging':
    case 'recording':
    case 'timing':
    case 'electing':
      return { state: stopped, effects: concludePreflight(state, abort) };
    case 'holding':
    case 'draining':
    case 'appointing':
      return { state: stopped, effects: [open(calls), ...cancelled, ...ending(state.sw, abort, true, at)] };
    case 'fencing':
    case 'catching-up':
    case 'extending':
    case 'retreating':
      return {
        state: stopped,
        effects: [...unfence(state.sw, calls), open(calls), ...cancelled, ...ending(state.sw, abort, true, at)],
      };
    case 'promoting':
    case 'resolving':
    case 'redirecting':
      return {
        state: stopped,
        effects: [{ type: 'withdraw' }, open(calls), ...cancelled, ...ending(state.sw, lost, false, at)],
      };
    case 'aborting': {
      const given: Ending = { outcome: 'aborted', reason: state.reason, sentence: state.sentence };
      const effects = state.opening === null ? [answer(state.sw, given)] : ending(state.sw, given, true, at);
      return { state: stopped, effects: [open(calls), ...cancelled, ...effects] };
    }
    case 'unresolved': {
      const given: Ending = { outcome: 'unresolved', reason: state.reason, sentence: state.sentence };
      const effects = state.opening === null ? [] : ending(state.sw, given, false, at);
      return { state: stopped, effects: [open(calls), ...cancelled, ...effects] };
    }
    case 'settling': {
      const report = reportSettling(state);
      return {
        state: stopped,
        effects: [...cancelled, ...(state.deadline === null ? [] : [{ type: 'answer', report } as const])],
      };
    }
  }
}

function ending(sw: Switch, given: Ending, intentDone: boolean, at: number): readonly Effect[] {
  const over = mark(sw, 'opened', at);
  const report = reportSwitch(over, given);
  return [
    { type: 'discard-prepared' },
    { type: 'record', change: { report, intentDone } },
    { type: 'finished', report },
    { type: 'measured-phases', phases: phasesOf(over) },
    { type: 'answer', report },
  ];
}

function answer(sw: Switch, given: Ending): Effect {
  return { type: 'answer', report: reportSwitch(sw, given) };
}

function open(calls: Calls): Effect {
  return { type: 'open', call: calls.next() };
}

function unfence(sw: Switch, calls: Calls): readonly Effect[] {
  if (!sw.canPause) return [];
  return [{ type: 'unfence', call: calls.next(), node: sw.from, timeoutMs: sw.run.settings.commandTimeoutMs }];
}
