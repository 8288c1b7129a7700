import type { AdminTarget } from '../config/load.js';
import { ask } from './ask.js';
import { ExitCode } from './exit-code.js';
import { textOf, toJson, toMaps, type ReplyMap } from './reply-map.js';
import { renderTable } from './tables.js';
import { colorsFor, printJson, printLine, type Colors, type Terminal } from './terminal.js';

/** `holdfast nodes`: the shard, node by node. */
export async function nodes(target: AdminTarget, { json }: { json?: true }, terminal: Terminal): Promise<ExitCode> {
  const replies = toMaps(await ask(target, 'NODES'));
  if (json === true) printJson(terminal.stdout, replies.map(toJson));
  else printLine(terminal.stdout, renderNodes(replies, colorsFor(terminal.stdout, terminal.environment)));
  return ExitCode.Ok;
}

function renderNodes(replies: readonly ReplyMap[], colors: Colors): string {
  const rows = replies.map((node) => [
    textOf(node, 'node'),
    textOf(node, 'role') === 'master' ? colors.green('master') : textOf(node, 'role'),
    textOf(node, 'up') === 'yes' ? 'up' : colors.red('down'),
    `${textOf(node, 'engine')} ${textOf(node, 'version')}`.trim(),
    textOf(node, 'offset'),
    textOf(node, 'lag'),
    textOf(node, 'priority'),
    `${textOf(node, 'seen_ms_ago')} ms ago`,
    colors.red(textOf(node, 'problem')),
  ]);
  return renderTable(['node', 'role', 'link', 'server', 'offset', 'lag', 'priority', 'seen', 'problem'], rows);
}
