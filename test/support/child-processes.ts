import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

const running = new Set<ChildProcess>();
const directories = new Set<string>();
let installed = false;

/** The child is killed when this process ends, however it ends (short of SIGKILL). */
export function killAtExit(child: ChildProcess): void {
  install();
  running.add(child);
  child.once('exit', () => running.delete(child));
}

/** The directory is removed when this process ends. */
export function removeAtExit(directory: string): void {
  install();
  directories.add(directory);
}

/** Takes a directory back that {@link removeAtExit} got: it has been removed already. */
export function forget(directory: string): void {
  directories.delete(directory);
}

function install(): void {
  if (installed) return;
  installed = true;
  process.on('exit', endAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      endAll();
      // Only a process without another listener would have died of the signal.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}

/** Synchronous, because nothing else runs in an `exit` listener. SIGKILL also ends a child that is stopped. */
function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  directories.clear();
}
