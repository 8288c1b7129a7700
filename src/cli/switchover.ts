import type { AdminTarget } from '../config/load.js';
import { AdminClient, AdminError } from './admin-client.js';
import { ExitCode } from './exit-code.js';
import { hostAndPort, wholeMs } from './read-argument.js';
import { toJson, toMap, textOf } from './reply-map.js';
import { renderReport } from './report-view.js';
import { watchSwitchover } from './switchover-progress.js';
import { colorsFor, printJson, printLine, type Terminal } from './terminal.js';

export interface SwitchoverOptions {
  readonly to?: string;
  readonly unplanned?: true;
  readonly dryRun?: true;
  readonly force?: true;
  readonly syncTimeoutMs?: string;
  readonly pauseTimeoutMs?: string;
  readonly json?: true;
}

/** What the errors of SWITCHOVER mean for a script. */
const EXIT_CODES: Readonly<Record<string, ExitCode>> = {
  REFUSED: ExitCode.Refused,
  INPROGRESS: ExitCode.Refused,
  ABORTED: ExitCode.Aborted,
  UNRESOLVED: ExitCode.Unsettled,
};

/**
 * `holdfast switchover`:
 * 1. a second connection reads STATUS while the first waits for SWITCHOVER, and its states are shown as they come;
 * 2. the report is shown;
 * 3. how it ended is the exit status.
 */
export async function switchover(
  target: AdminTarget,
  options: SwitchoverOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const args = switchoverArguments(options);
  const client = await AdminClient.connect(target);
  const progress = options.json === true ? null : await watchSwitchover(target, terminal);
  try {
    const report = toMap(await client.call('SWITCHOVER', ...args));
    await progress?.stop();
    if (options.json === true) printJson(terminal.stdout, toJson(report));
    else printLine(terminal.stdout, renderReport(report, colorsFor(terminal.stdout, terminal.environment)));
    const isDone = textOf(report, 'outcome') === 'would-switch' || textOf(report, 'settled') === 'yes';
    return isDone ? ExitCode.Ok : ExitCode.Unsettled;
  } catch (error) {
    await progress?.stop();
    if (!(error instanceof AdminError)) throw error;
    const exitCode = EXIT_CODES[error.code];
    if (exitCode === undefined) throw error;
    showFailure(error, options, terminal);
    return exitCode;
  } finally {
    client.close();
  }
}

/** The arguments of SWITCHOVER. @throws {ArgumentError} */
function switchoverArguments(options: SwitchoverOptions): readonly string[] {
  const args: string[] = [];
  if (options.to !== undefined) args.push('TO', ...hostAndPort('--to', options.to));
  if (options.unplanned === true) args.push('UNPLANNED');
  if (options.dryRun === true) args.push('DRYRUN');
  if (options.force === true) args.push('FORCE');
  if (options.syncTimeoutMs !== undefined)
    args.push('SYNCTIMEOUT', wholeMs('--sync-timeout-ms', options.syncTimeoutMs));
  if (options.pauseTimeoutMs !== undefined) {
    args.push('PAUSETIMEOUT', wholeMs('--pause-timeout-ms', options.pauseTimeoutMs));
  }
  return args;
}

function showFailure({ code, message }: AdminError, { json }: SwitchoverOptions, terminal: Terminal): void {
  // "REFUSED <reason> <sentence>"; INPROGRESS has no reason of its own.
  const rest = message.slice(code.length + 1);
  if (json === true) {
    const [reason = ''] = code === 'INPROGRESS' ? ['in-progress'] : rest.split(' ', 1);
    const sentence = code === 'INPROGRESS' ? rest : rest.slice(reason.length + 1);
    const outcome = code === 'INPROGRESS' ? 'refused' : code.toLowerCase();
    printJson(terminal.stdout, { outcome, reason, sentence });
    return;
  }
  const colors = colorsFor(terminal.stderr, terminal.environment);
  const paint = code === 'UNRESOLVED' ? colors.red : colors.yellow;
  printLine(terminal.stderr, `${paint(code.toLowerCase())}: ${rest}`);
}
