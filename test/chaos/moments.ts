import type { Moment } from '../support/faults/fault-relay.js';
import type { Scene, Role } from './scene.js';

/** A step of a switch that shows on the wire, so that a fault can strike exactly there. */
interface WireStep {
  readonly at: Role;
  readonly command: RegExp;
  readonly answer: RegExp;
  readonly moment: Moment;
}

const PAUSE = { at: 'old', command: /\r\npause\r\n\$\d+\r\n\d/i, answer: /\+OK\r\n/ } as const;
const PROMOTE = { at: 'candidate', command: /\r\nreplicaof\r\n\$2\r\nno\r\n/i, answer: /\+OK\r\n/ } as const;
const DEMOTE = { at: 'old', command: /\r\nreplicaof\r\n\$9\r\n127/i, answer: /\*2\r\n\+OK/ } as const;
const REPOINT = { at: 'other', command: /\r\nreplicaof\r\n\$9\r\n127/i, answer: /\+OK/ } as const;

/** When a fault strikes. */
const WIRE_STEPS = {
  /** The clients are held, and everything is drained. */
  'before-fence': { ...PAUSE, moment: 'before' },
  /** The old master is paused, and Holdfast does not know it yet. */
  'fence-unheard': { ...PAUSE, moment: 'answered' },
  'catching-up': { ...PAUSE, moment: 'told' },
  'before-promotion': { ...PROMOTE, moment: 'before' },
  'promotion-sent': { ...PROMOTE, moment: 'sent' },
  /** The candidate is a master, and Holdfast does not know it yet. */
  'promotion-unheard': { ...PROMOTE, moment: 'answered' },
  redirecting: { ...PROMOTE, moment: 'told' },
  'before-demotion': { ...DEMOTE, moment: 'before' },
  'demotion-unheard': { ...DEMOTE, moment: 'answered' },
  'before-re-pointing': { ...REPOINT, moment: 'before' },
  're-pointing-unheard': { ...REPOINT, moment: 'answered' },
} as const satisfies Record<string, WireStep>;

/** `idle`: without a switch; `preflight`: as it is asked for; `settled`: when it has been answered. */
export type Phase = 'idle' | 'preflight' | keyof typeof WIRE_STEPS | 'settled';

export const PHASES: readonly Phase[] = [
  'idle',
  'preflight',
  ...(Object.keys(WIRE_STEPS) as (keyof typeof WIRE_STEPS)[]),
  'settled',
];

export function isWireStep(phase: Phase): phase is keyof typeof WIRE_STEPS {
  return phase in WIRE_STEPS;
}

/** Calls `act` once when the switch comes there. @returns stops waiting for it. */
export function whenReached(scene: Scene, phase: keyof typeof WIRE_STEPS, act: () => void): () => void {
  const { at, command, answer, moment } = WIRE_STEPS[phase];
  return scene[at].relay.await({ command, answer, moment, act });
}
