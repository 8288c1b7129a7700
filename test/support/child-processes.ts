import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

/**
 * Two nets under each server. An `exit` listener ends it when this process ends in JavaScript, by itself or by an
 * exception. Signals, SIGKILL among them, end a process without a word; for those a guard waits at the end of a pipe
 * that closes when this process is gone. (Listeners for signals would change how this process reacts to them.)
 */
const GUARD = 'read _; kill -9 "$1"; rm -rf "$2"';

interface Guarded {
  readonly child: ChildProcess;
  readonly guard: ChildProcess;
}

const running = new Set<Guarded>();
const directories = new Set<string>();
let listening = false;

/** The child, and the directory it works in if one is named, do not outlive this process, however that ends. */
export function killAtExit(child: ChildProcess, directory?: string): void {
  listen();
  if (directory !== undefined) directories.add(directory);
  if (child.pid === undefined) return;

  const guard = spawn('sh', ['-c', GUARD, 'sh', String(child.pid), directory ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A group of its own: Ctrl-C in a terminal would otherwise end the guard together with this process.
    detached: true,
  });
  // The guard keeps nobody waiting: neither its process nor its pipe.
  guard.unref();
  if (guard.stdin !== null && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  const guarded = { child, guard };
  running.add(guarded);
  child.once('exit', () => {
    running.delete(guarded);
    guard.kill('SIGKILL');
  });
}

/** The directory is removed when this process ends in JavaScript. */
export function removeAtExit(directory: string): void {
  listen();
  directories.add(directory);
}

/** The directory has been removed already. */
export function forget(directory: string): void {
  directories.delete(directory);
}

function listen(): void {
  if (!listening) process.on('exit', endAll);
  listening = true;
}

/** Synchronous, because nothing else runs in an `exit` listener. SIGKILL also ends a child that is stopped. */
function endAll(): void {
  for (const { child, guard } of running) {
    guard.kill('SIGKILL');
    child.kill('SIGKILL');
  }
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}
