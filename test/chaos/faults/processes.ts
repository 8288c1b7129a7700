import type { Scene } from '../scene.js';
import type { Fault, Target } from './fault.js';

const NODES: readonly Target[] = ['old', 'candidate', 'other'];

/** Everything that a process can meet with. */
export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'kill',
    targets: NODES,
    strike: (scene, target) => {
      const server = serverOf(scene, target);
      const dead = server.kill();
      return async () => {
        await dead;
        await server.restart();
      };
    },
  },
  {
    name: 'restart',
    targets: NODES,
    strike: (scene, target) => {
      const up = serverOf(scene, target).restart();
      // Waited for when it is healed.
      up.catch(() => undefined);
      return () => up;
    },
  },
  {
    name: 'freeze',
    targets: NODES,
    strike: (scene, target) => {
      const server = serverOf(scene, target);
      const frozen = server.freeze();
      return async () => {
        await frozen;
        server.resume();
      };
    },
  },
  {
    name: 'kill-holdfast',
    targets: ['holdfast'],
    strike: ({ arena }) => {
      arena.holdfast.signal('SIGKILL');
      return () => arena.restartHoldfast();
    },
  },
  {
    name: 'freeze-holdfast',
    targets: ['holdfast'],
    strike: ({ arena }) => {
      arena.holdfast.signal('SIGSTOP');
      return () => arena.holdfast.signal('SIGCONT');
    },
  },
];

function serverOf(scene: Scene, target: Target) {
  if (target === 'holdfast' || target === 'clients') throw new Error(`${target} is no node`);
  return scene[target].server;
}
