import type { AdminTarget } from '../config/load.js';
import { ask } from './ask.js';
import { ExitCode } from './exit-code.js';
import { entriesOf, numberOf, textOf, toJson, toMap, wordsOf, type ReplyMap } from './reply-map.js';
import { renderFacts, showMicros } from './tables.js';
import { colorsFor, printJson, printLine, type Colors, type Terminal } from './terminal.js';

/** `holdfast status`: all that one wants to know first. Ends with 5 while something needs a human. */
export async function status(target: AdminTarget, { json }: { json?: true }, terminal: Terminal): Promise<ExitCode> {
  const reply = toMap(await ask(target, 'STATUS'));
  if (json === true) printJson(terminal.stdout, toJson(reply));
  else printLine(terminal.stdout, renderStatus(reply, colorsFor(terminal.stdout, terminal.environment)));
  const isRight =
    textOf(reply, 'master') !== '' &&
    wordsOf(reply, 'alarms').length === 0 &&
    entriesOf(reply, 'unsettled').length === 0;
  return isRight ? ExitCode.Ok : ExitCode.Unsettled;
}

function renderStatus(reply: ReplyMap, colors: Colors): string {
  const master = textOf(reply, 'master');
  const problem = textOf(reply, 'problem');
  const holders = wordsOf(reply, 'gate_holders');
  const gate = holders.length === 0 ? 'open' : colors.yellow(`closed by ${holders.join(', ')}`);
  const moving = textOf(reply, 'to') === '' ? '' : ` (${textOf(reply, 'from')} → ${textOf(reply, 'to')})`;
  const last = textOf(reply, 'last_outcome');
  const reason = textOf(reply, 'last_reason');
  return renderFacts([
    ['master', master === '' ? colors.red('none') : colors.green(master)],
    ...(problem === '' ? [] : [['problem', colors.red(problem)] as const]),
    ['state', `${textOf(reply, 'state')}${moving}, epoch ${textOf(reply, 'epoch')}`],
    ['gate', gate],
    ['clients', textOf(reply, 'clients')],
    [
      'held',
      `${textOf(reply, 'held_commands')} commands of ${textOf(reply, 'held_clients')} clients, ${textOf(reply, 'held_bytes')} bytes`,
    ],
    ...entriesOf(reply, 'unsettled').map(([node, why]) => ['unsettled', colors.yellow(`${node}: ${why}`)] as const),
    ...wordsOf(reply, 'alarms').map((alarm) => ['alarm', colors.red(alarm)] as const),
    [
      'last',
      last === ''
        ? 'no switchover yet'
        : `${last}${reason === '' ? '' : ` (${reason})`}, stall ${showMicros(numberOf(reply, 'last_stall_us'))}`,
    ],
    ['version', textOf(reply, 'version')],
  ]);
}
