import { LoadRun } from './load-run.js';
import type { LoadCommand, LoadEvent } from './messages.js';

/**
 * The load process: a thin shell that lets its parent drive a {@link LoadRun} by messages. A process of its own, because
 * the event loop that measures must not be the one that draws a picture or waits for a switchover.
 */

const PROGRESS_EVERY_MS = 100;

let run: LoadRun | null = null;

function tell(event: LoadEvent): void {
  process.send?.(event);
}

async function start(command: Extract<LoadCommand, { type: 'start' }>): Promise<void> {
  const started = await LoadRun.start(command.settings);
  started.onSlower = (ratePerSecond) => tell({ type: 'slower', ratePerSecond });
  run = started;
  setInterval(() => tell({ type: 'progress', progress: started.progress() }), PROGRESS_EVERY_MS);
  tell({ type: 'ready' });
}

async function obey(command: LoadCommand): Promise<void> {
  if (command.type === 'start') return start(command);
  if (run === null) throw new Error(`${command.type} before start`);
  switch (command.type) {
    case 'announce':
      return run.announce(command.master);
    case 'keep-rate':
      return run.keepRate();
    case 'window':
      return tell({ type: 'window', id: command.id, window: run.window(command.fromMs, command.toMs) });
    case 'drain':
      await run.drain();
      return tell({ type: 'drained' });
    case 'finish':
      return tell({ type: 'report', report: await run.finish(command.master) });
  }
}

process.on('message', (command: LoadCommand) => {
  obey(command).catch((error: unknown) => tell({ type: 'failed', message: String(error) }));
});

// The parent is gone, in whichever way: nobody is left to load for.
process.on('disconnect', () => process.exit(0));

// Ctrl-C reaches the whole process group. The parent decides what it means, and ends this process by disconnecting.
process.on('SIGINT', () => {});
