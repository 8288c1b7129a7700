import type { Logger } from '../log/logger.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Calls `reload` at each SIGHUP. The signal would end the process otherwise, as it does when a terminal closes; for a
 * server, it has always meant "read your files again".
 */
export function onHangUp(reload: () => void): void {
  process.on('SIGHUP', reload);
}

/** Settles at the first SIGTERM or SIGINT. A second one ends the process at once: whoever sends it has waited enough. */
export function untilStopped(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
      stopping = true;
      log.info({ signal }, 'stopping: no new clients, what is in flight is finished');
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}
