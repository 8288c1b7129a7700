import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { childrenOf } from './children.js';
import type { Fault } from './fault.js';

/** What a process stands on: its disk and its clock. */
export const SURROUNDING_FAULTS: readonly Fault[] = [
  {
    // Permissions would not keep root out; a file in the place of the directory does.
    name: 'state-dir-unusable',
    targets: ['holdfast'],
    arm:
      ({ arena }) =>
      () => {
        const away = `${arena.stateDir}.away`;
        renameSync(arena.stateDir, away);
        writeFileSync(arena.stateDir, '');
        return () => {
          rmSync(arena.stateDir);
          renameSync(away, arena.stateDir);
        };
      },
  },
  {
    // A file that may not grow fails as one on a full disk does; the log among them.
    name: 'disk-full',
    targets: ['holdfast'],
    arm:
      ({ arena }) =>
      () => {
        limitFiles(arena.holdfast.pid, '0');
        return () => limitFiles(arena.holdfast.pid, 'unlimited');
      },
  },
  {
    // The clock on the wall only, by an hour to and fro; see `jumping-clock.ts`.
    name: 'clock-jump',
    targets: ['holdfast'],
    arm:
      ({ arena }) =>
      () => {
        const jump = (): void => {
          const { pid } = arena.holdfast;
          for (const each of [pid, ...childrenOf(pid)]) process.kill(each, 'SIGUSR2');
        };
        jump();
        return jump;
      },
  },
];

function limitFiles(pid: number, bytes: string): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
  if (status !== 0) throw new Error(`prlimit: ${stderr.toString()}`);
}
