import type { NodeId } from '../config/node-address.js';
import type { SwitchoverStatus } from './ports.js';
import { isDemoted, isDiverged } from './settling.js';
import type { Run, Switch } from './run.js';
import type { Probe, Settling, State } from './states.js';

/** What only the service knows. */
export interface StatusSurroundings {
  readonly at: number;
  readonly epoch: number;
  /** Why the state could not be written, else empty. */
  readonly journalProblem: string;
}

/** The state as operators see it. */
export function statusOf(state: State, { at, epoch, journalProblem }: StatusSurroundings): SwitchoverStatus {
  const { id, from, to } = identify(state);
  const alarms = alarmsOf(state);
  return {
    state: state.type,
    id,
    epoch,
    from,
    to,
    stallUs: stallUs(state, at),
    unsettled: unsettled(state),
    alarms: journalProblem === '' ? alarms : [...alarms, 'state-not-written'],
    stateProblem: journalProblem,
  };
}

/** Whether FAILOVER ABORT can still stop the switchover: it is before the point of no return. */
export function isAbortable(state: State): boolean {
  switch (state.type) {
    case 'inspecting':
    case 'preparing':
    case 'measuring':
    case 'arranging':
    case 'recording':
    case 'timing':
    case 'holding':
    case 'draining':
    case 'fencing':
    case 'catching-up':
    case 'extending':
    case 'retreating':
    case 'electing':
    case 'appointing':
      return true;
    default:
      return false;
  }
}

/** Whether a shutdown would cut something off that ends soon by itself. */
export function isBusy(state: State): boolean {
  switch (state.type) {
    case 'serving':
    case 'stopped':
    case 'unresolved':
      return false;
    case 'settling':
      return state.deadline !== null && !state.tasks.every((task) => task.kind !== 'old-master' || task.ordered);
    default:
      return true;
  }
}

function identify(state: State): {
  readonly id: string | null;
  readonly from: NodeId | null;
  readonly to: NodeId | null;
} {
  if (state.type === 'serving' || state.type === 'stopped') return { id: null, from: null, to: null };
  if (state.type === 'inspecting' || state.type === 'electing') return ofRun(state.run);
  return ofSwitch(state.sw);
}

function ofRun(run: Run) {
  return { id: run.id, from: run.lost?.node ?? null, to: run.named };
}

function ofSwitch(sw: Switch) {
  return { id: sw.run.id, from: sw.from, to: sw.to };
}

function stallUs(state: State, at: number): number {
  if (!('sw' in state)) return 0;
  const { held, opened } = state.sw.marks;
  return held === null || opened !== null ? 0 : Math.max(0, Math.round((at - held) * 1_000));
}

function unsettled(state: State): SwitchoverStatus['unsettled'] {
  switch (state.type) {
    case 'settling':
      return state.tasks
        .filter((task) => task.step !== 'done')
        .map(({ node, why, step }) => ({ node, why: why === '' ? step : why }));
    case 'resolving':
    case 'unresolved':
      return [
        { node: state.sw.from, why: describe(state.from) },
        { node: state.sw.to, why: describe(state.to) },
      ];
    default:
      return [];
  }
}

function describe({ role }: Probe): string {
  return role === null ? 'no answer' : `says that it is a ${role.role}`;
}

function alarmsOf(state: State): readonly string[] {
  switch (state.type) {
    case 'settling':
      return settlingAlarms(state);
    case 'resolving':
    case 'unresolved':
      return ['unresolved'];
    case 'stopped':
      return state.why === 'internal-error' ? ['internal-error'] : [];
    default:
      return [];
  }
}

function settlingAlarms(state: Settling): readonly string[] {
  const old = state.tasks.filter(({ kind }) => kind === 'old-master' || kind === 'lost-master');
  const alarms: string[] = [];
  if (old.some(({ ordered, failures }) => !ordered && failures > 0)) alarms.push('demotion-pending');
  if (old.some(isDiverged)) alarms.push('diverged');
  // Replicas may take the settle time; after it, somebody should look.
  if (state.deadline === null && isDemoted(state.tasks)) alarms.push('repoint-pending');
  return alarms;
}
