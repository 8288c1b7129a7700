import type { AdminTarget } from '../config/load.js';
import { ask } from './ask.js';
import { ExitCode } from './exit-code.js';
import { hostAndPort } from './read-argument.js';
import { printJson, printLine, type Terminal } from './terminal.js';

/** `holdfast rejoin <host:port>`: takes a former master back that is kept out (`protect_diverged`). */
export async function rejoin(
  target: AdminTarget,
  node: string,
  { json }: { json?: true },
  terminal: Terminal,
): Promise<ExitCode> {
  await ask(target, 'REJOIN', ...hostAndPort('the node', node));
  if (json === true) printJson(terminal.stdout, { rejoining: node });
  else printLine(terminal.stdout, `${node} follows the master again; holdfast status tells when it does.`);
  return ExitCode.Ok;
}
