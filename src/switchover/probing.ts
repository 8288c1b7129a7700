import type { NodeId } from '../config/node-address.js';
import type { Call, Effect } from './effects.js';
import type { Event, Failure } from './events.js';
import type { RoleFacts } from './ports.js';
import type { AbortReason, UnresolvedReason } from './reasons.js';
import { reliablePauseMs, retryDelayWithinPauseMs } from './retry.js';
import type { Switch } from './run.js';
import type { Probe, Resolving, Unknown, Unresolved } from './states.js';
import { type Calls, ImpossibleTransition, type Step } from './step.js';

/** Whether the promotion has happened. */
export type Verdict =
  | { readonly promoted: true }
  | { readonly promoted: false; readonly reason: AbortReason; readonly particulars: string };

const PROMOTED: Verdict = { promoted: true };

/** What an event makes of the questions, and what is to be asked next. `verdict`: the promotion's own late answer. */
export interface Observation {
  readonly unknown: ProbeFields;
  readonly verdict: Verdict | null;
  readonly effects: readonly Effect[];
}

type ProbeFields = Pick<Unknown, 'sw' | 'promotion' | 'from' | 'to' | 'renewal'>;

/** Asks both nodes for their roles. */
export function beginProbes(
  sw: Switch,
  promotion: Call | null,
  at: number,
  calls: Calls,
): { readonly unknown: ProbeFields; readonly effects: readonly Effect[] } {
  const from: Probe = { call: calls.next(), step: 'reading', role: null, failures: 0 };
  const to: Probe = { call: calls.next(), step: 'reading', role: null, failures: 0 };
  // A pause that somebody else may have ended already is renewed at once.
  const doubted = sw.run.strategy.sharesPause === true ? { ...sw, pauseUntil: at } : sw;
  const renewed = renewIfDue({ sw: doubted, promotion, from, to, renewal: null }, at, calls);
  return {
    unknown: renewed.fields,
    effects: [readRole(sw, sw.to, to.call), readRole(sw, sw.from, from.call), ...renewed.effects],
  };
}

/** Asks again what another switch has interrupted; what had to be said of it is said. */
export function resumeProbes(state: Unresolved, calls: Calls): Step {
  const { sw, promotion } = state;
  // The pause is looked at with the first answer.
  const { unknown, effects } = beginProbes(sw, promotion, -Infinity, calls);
  return { state: { ...state, ...unknown, opening: null }, effects };
}

/** Takes in one answer; asks again what stays open. */
export function observe(state: Resolving | Unresolved, event: Event, calls: Calls): Observation {
  const { sw, promotion, from, to, renewal } = state;
  const fields: ProbeFields = { sw, promotion, from, to, renewal };
  if (!('call' in event)) throw new ImpossibleTransition(state, event);
  switch (event.call) {
    case promotion:
      return hearPromotion(state, fields, event);
    case from.call: {
      const { probe, effects } = advanceProbe(state, from, sw.from, event, calls);
      return withRenewal({ ...fields, from: probe }, effects, event.at, calls);
    }
    case to.call: {
      const { probe, effects } = advanceProbe(state, to, sw.to, event, calls);
      return withRenewal({ ...fields, to: probe }, effects, event.at, calls);
    }
    case renewal?.call:
      return hearRenewal(state, fields, event);
    default:
      throw new ImpossibleTransition(state, event);
  }
}

function hearPromotion(state: Resolving | Unresolved, fields: ProbeFields, event: Event): Observation {
  const unknown = { ...fields, promotion: null };
  // Another node than the candidate: not what the roles of these two can be held against.
  if (event.type === 'promoted') return { unknown, verdict: event.instead ? null : PROMOTED, effects: [] };
  if (event.type !== 'failed') throw new ImpossibleTransition(state, event);
  return { unknown, verdict: verdictOf(event.failure), effects: [] };
}

function verdictOf(failure: Failure): Verdict | null {
  if (failure.kind === 'refused') return { promoted: false, reason: 'promotion-refused', particulars: failure.message };
  if (failure.kind === 'unsent') return { promoted: false, reason: 'candidate-lost', particulars: failure.message };
  return null;
}

function hearRenewal(state: Resolving | Unresolved, fields: ProbeFields, event: Event): Observation {
  const unknown = { ...fields, renewal: null };
  if (event.type === 'failed') return { unknown, verdict: null, effects: [] };
  if (event.type !== 'extended') throw new ImpossibleTransition(state, event);
  const pauseUntil = (fields.renewal?.sentAt ?? event.at) + reliablePauseMs(fields.sw);
  return { unknown: { ...unknown, sw: { ...fields.sw, pauseUntil } }, verdict: null, effects: [] };
}

function advanceProbe(
  state: Resolving | Unresolved,
  probe: Probe,
  node: NodeId,
  event: Event,
  calls: Calls,
): { readonly probe: Probe; readonly effects: readonly Effect[] } {
  const call = calls.next();
  const { sw } = state;
  if (event.type === 'woke' && probe.step === 'waiting') {
    return { probe: { ...probe, step: 'reading', call }, effects: [readRole(sw, node, call)] };
  }
  if (probe.step !== 'reading' || (event.type !== 'role' && event.type !== 'failed')) {
    throw new ImpossibleTransition(state, event);
  }
  // What a node said before it fell silent may have changed since.
  const role = event.type === 'role' ? event.role : null;
  const next: Probe = { step: 'waiting', call, role, failures: probe.failures + 1 };
  return { probe: next, effects: [{ type: 'wake', call, ms: retryDelayWithinPauseMs(sw, probe.failures) }] };
}

/** While nobody knows who is the master, nobody may write to the old one past the proxy either. */
function renewIfDue(
  fields: ProbeFields,
  at: number,
  calls: Calls,
): { readonly fields: ProbeFields; readonly effects: readonly Effect[] } {
  const { sw, renewal } = fields;
  const pauseMs = sw.run.settings.pauseTimeoutMs;
  const reliableMs = reliablePauseMs(sw);
  const lasts = sw.pauseUntil - at > reliableMs / 2;
  if (renewal !== null || !sw.canPause || lasts) return { fields, effects: [] };
  const call = calls.next();
  return {
    fields: { ...fields, renewal: { call, sentAt: at } },
    effects: [{ type: 'extend', call, node: sw.from, pauseMs, timeoutMs: Math.ceil(pauseMs / 2) }],
  };
}

function withRenewal(fields: ProbeFields, effects: readonly Effect[], at: number, calls: Calls): Observation {
  const renewed = renewIfDue(fields, at, calls);
  return { unknown: renewed.fields, verdict: null, effects: [...effects, ...renewed.effects] };
}

/** Whether the roles prove anything; null: they do not. */
export function decide(unknown: ProbeFields): Verdict | null {
  const candidate = unknown.to.role;
  const old = unknown.from.role;
  if (candidate === null) return null;
  if (candidate.role === 'master') return hasItsData(unknown.sw, candidate) ? PROMOTED : null;
  // A lost master is not waited for: as nothing was promoted, the outage just goes on.
  if (old?.role !== 'master' && unknown.sw.run.lost === undefined) return null;
  return { promoted: false, reason: 'promotion-did-not-happen', particulars: '' };
}

/** A candidate that crashed and came back empty says that it is a master too, and must not be served. */
function hasItsData(sw: Switch, candidate: RoleFacts): boolean {
  return candidate.offset >= sw.appliedOffset;
}

/** Why the roles prove nothing. */
export function whyUndecided(unknown: ProbeFields): UnresolvedReason {
  const candidate = unknown.to.role;
  const old = unknown.from.role;
  if (candidate?.role === 'master') return 'two-masters';
  return candidate !== null && old !== null ? 'no-master' : 'roles-unknown';
}

/** Stops waiting for the questions; answers that are under way will be dropped. */
export function cancelProbes(unknown: ProbeFields): readonly Effect[] {
  return [
    { type: 'cancel', call: unknown.from.call },
    { type: 'cancel', call: unknown.to.call },
  ];
}

function readRole(sw: Switch, node: NodeId, call: Call): Effect {
  return { type: 'read-role', call, node, timeoutMs: sw.run.settings.commandTimeoutMs };
}
