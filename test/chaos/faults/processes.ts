import { childrenOf } from './children.js';
import type { Scene } from '../scene.js';
import type { Fault, Target } from './fault.js';

const NODES: readonly Target[] = ['old', 'candidate', 'other'];

/** Everything that a process can meet with. */
export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'kill',
    targets: NODES,
    arm: (scene, target) => () => {
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
    arm: (scene, target) => () => {
      const up = serverOf(scene, target).restart();
      // Waited for when it is healed.
      up.catch(() => undefined);
      return () => up;
    },
  },
  {
    name: 'freeze',
    targets: NODES,
    arm: (scene, target) => () => {
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
    endsHoldfast: true,
    arm:
      ({ arena }) =>
      () => {
        arena.endHoldfast('SIGKILL');
        return () => arena.restartHoldfast();
      },
  },
  {
    name: 'kill-worker',
    targets: ['holdfast'],
    endsHoldfast: true,
    arm:
      ({ arena, random, note }) =>
      () => {
        const workers = childrenOf(arena.holdfast.pid);
        if (workers.length === 0) note('there is no worker');
        else process.kill(random.pick(workers), 'SIGKILL');
        return () => undefined;
      },
  },
  {
    name: 'freeze-worker',
    targets: ['holdfast'],
    endsHoldfast: true,
    arm:
      ({ arena, random, note }) =>
      () => {
        const workers = childrenOf(arena.holdfast.pid);
        if (workers.length === 0) {
          note('there is no worker');
          return () => undefined;
        }
        const worker = random.pick(workers);
        process.kill(worker, 'SIGSTOP');
        // One that stands still for too long is ended by Holdfast.
        return () => void (childrenOf(arena.holdfast.pid).includes(worker) && process.kill(worker, 'SIGCONT'));
      },
  },
  {
    // As an upgrade of Holdfast does it.
    name: 'stop-holdfast',
    targets: ['holdfast'],
    endsHoldfast: true,
    arm:
      ({ arena }) =>
      () => {
        arena.endHoldfast('SIGTERM');
        return async () => {
          await arena.holdfast.ended();
          await arena.restartHoldfast();
        };
      },
  },
  {
    name: 'freeze-holdfast',
    targets: ['holdfast'],
    arm:
      ({ arena }) =>
      () => {
        arena.holdfast.signal('SIGSTOP');
        return () => arena.holdfast.signal('SIGCONT');
      },
  },
];

function serverOf(scene: Scene, target: Target) {
  if (target === 'holdfast' || target === 'clients') throw new Error(`${target} is no node`);
  return scene[target].server;
}
