import type { SeededRandom } from '../../unit/resp/seeded-random.js';
import type { Conditions } from '../../support/faults/conditions.js';
import type { FaultRelay, Scope } from '../../support/faults/fault-relay.js';
import type { WireKind } from '../../support/faults/wire.js';
import type { Scene } from '../scene.js';
import type { Fault, Target } from './fault.js';

const TARGETS: readonly Target[] = ['old', 'candidate', 'other', 'clients'];

/** Mostly all connections; else those of one kind, as when one firewall rule or one process is to blame. */
const KINDS: readonly (readonly WireKind[])[] = [
  ['control', 'data', 'replication'],
  ['control', 'data', 'replication'],
  ['control', 'data'],
  ['control'],
  ['data'],
  ['replication'],
];

/** Everything that a network does. */
export const NETWORK_FAULTS: readonly Fault[] = [
  condition('latency', (random) => ({ latencyMs: 5 + random.below(60) })),
  condition('jitter', (random) => ({ jitterMs: 5 + random.below(60) })),
  condition('bandwidth', (random) => ({ bytesPerSecond: 2_000 + random.below(60_000) })),
  condition('slices', (random) => ({ sliceBytes: 1 + random.below(20) })),
  condition('cut-after', (random) => ({ cutAfterBytes: random.below(400) })),
  condition('black-hole', () => ({ isBlackHole: true })),
  condition('black-hole-up', () => ({ isBlackHole: true }), { directions: ['up'] }),
  condition('black-hole-down', () => ({ isBlackHole: true }), { directions: ['down'] }),
  event('reset', (relay, scope) => relay.reset(scope)),
  event('half-close', (relay, scope, random) =>
    relay.halfClose({ ...scope, directions: [random.pick(['up', 'down'] as const)] }),
  ),
];

function condition(name: string, draw: (random: SeededRandom) => Partial<Conditions>, half: Scope = {}): Fault {
  return {
    name,
    targets: TARGETS,
    arm: (scene, target) => () => {
      const relay = relayOf(scene, target);
      const scope = { ...half, ...scopeOf(scene, target) };
      const conditions = draw(scene.random);
      scene.note(`${name} ${JSON.stringify(conditions)} on ${JSON.stringify(scope)} of ${target}`);
      relay.impose(conditions, scope);
      return () => relay.heal();
    },
  };
}

function event(name: string, act: (relay: FaultRelay, scope: Scope, random: SeededRandom) => void): Fault {
  return {
    name,
    targets: TARGETS,
    arm: (scene, target) => () => {
      const scope = scopeOf(scene, target);
      scene.note(`${name} of ${JSON.stringify(scope)} of ${target}`);
      act(relayOf(scene, target), scope, scene.random);
      return () => undefined;
    },
  };
}

function relayOf(scene: Scene, target: Target): FaultRelay {
  if (target === 'holdfast') throw new Error('the way to Holdfast is that of its clients');
  return target === 'clients' ? scene.arena.entrance : scene[target].relay;
}

/** All that clients have is data. */
function scopeOf({ random }: Scene, target: Target): Scope {
  return target === 'clients' ? {} : { kinds: random.pick(KINDS) };
}
