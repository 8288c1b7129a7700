import type { AdminTarget } from '../config/load.js';
import { ask } from './ask.js';
import { ExitCode } from './exit-code.js';
import { numberOf, textOf, toJson, toMaps, type ReplyMap } from './reply-map.js';
import { renderTable, showMicros } from './tables.js';
import { colorsFor, printJson, printLine, type Colors, type Terminal } from './terminal.js';

/** `holdfast history [n]`: the last switchovers, newest first. */
export async function history(
  target: AdminTarget,
  n: string | undefined,
  { json }: { json?: true },
  terminal: Terminal,
): Promise<ExitCode> {
  const replies = toMaps(await ask(target, 'HISTORY', ...(n === undefined ? [] : [n])));
  if (json === true) printJson(terminal.stdout, replies.map(toJson));
  else printLine(terminal.stdout, renderHistory(replies, colorsFor(terminal.stdout, terminal.environment)));
  return ExitCode.Ok;
}

function renderHistory(replies: readonly ReplyMap[], colors: Colors): string {
  if (replies.length === 0) return 'No switchover yet.';
  const rows = replies.map((report) => {
    const outcome = textOf(report, 'outcome');
    return [
      textOf(report, 'started_at'),
      outcome === 'switched' ? colors.green(outcome) : colors.yellow(outcome),
      textOf(report, 'old_master'),
      textOf(report, 'new_master'),
      showMicros(numberOf(report, 'stall_us')),
      textOf(report, 'held_commands'),
      textOf(report, 'settled'),
      textOf(report, 'reason'),
    ];
  });
  return renderTable(['started', 'outcome', 'from', 'to', 'stall', 'held', 'settled', 'reason'], rows);
}
