import type { AdminTarget } from '../config/load.js';
import { ask } from './ask.js';
import { ExitCode } from './exit-code.js';
import { wholeMs } from './read-argument.js';
import { printJson, printLine, type Terminal } from './terminal.js';

/** `holdfast hold [ms]`: closes the gate by hand; it opens by itself when the time is over. */
export async function hold(
  target: AdminTarget,
  ms: string | undefined,
  { json }: { json?: true },
  terminal: Terminal,
): Promise<ExitCode> {
  await ask(target, 'HOLD', ...(ms === undefined ? [] : [wholeMs('ms', ms)]));
  if (json === true) printJson(terminal.stdout, { held: true });
  else printLine(terminal.stdout, 'Writes are held; holdfast release lets them go.');
  return ExitCode.Ok;
}

/** `holdfast release`: ends a hold by hand. */
export async function release(target: AdminTarget, { json }: { json?: true }, terminal: Terminal): Promise<ExitCode> {
  await ask(target, 'RELEASE');
  if (json === true) printJson(terminal.stdout, { held: false });
  else printLine(terminal.stdout, 'Writes go on.');
  return ExitCode.Ok;
}
