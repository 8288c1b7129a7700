import { type MapEntry, type Reply, map, status } from '../reply.js';
import type { ArgumentDoc } from './argument.js';
import type { AdminCommand } from './command.js';

/** An entry of `COMMAND` and `COMMAND INFO`: name, arity, flags, three key positions, ACL categories, tips, keys, subcommands. */
export function commandEntry(command: AdminCommand, parent?: AdminCommand): Reply {
  const name = parent === undefined ? command.name : `${parent.name}|${command.name}`;
  const subcommands = command.subcommands?.map((subcommand) => commandEntry(subcommand, command)) ?? [];
  return [name, command.arity, command.flags.map(status), 0, 0, 0, [status('@admin')], [], [], subcommands];
}

/** An entry of `COMMAND DOCS`; redis-cli completes and hints with it. */
export function commandDocs(command: AdminCommand): Reply {
  const entries: MapEntry[] = [
    ['summary', command.summary],
    ['since', '0.1.0'],
    ['group', 'server'],
    ['complexity', 'O(1)'],
  ];
  if (command.subcommands !== undefined) {
    const subcommands = command.subcommands.map((subcommand): MapEntry => [
      `${command.name}|${subcommand.name}`,
      commandDocs(subcommand),
    ]);
    entries.push(['subcommands', map(subcommands)]);
  } else if (command.arguments.length > 0) {
    entries.push(['arguments', command.arguments.map(argumentDocs)]);
  }
  return map(entries);
}

function argumentDocs(argument: ArgumentDoc): Reply {
  const flags = [
    ...(argument.optional === true ? ['optional'] : []),
    ...('multiple' in argument && argument.multiple === true ? ['multiple'] : []),
  ];
  const entries: MapEntry[] = [
    ['name', argument.name],
    ['type', argument.type],
  ];
  if (argument.token !== undefined) entries.push(['token', argument.token]);
  // Statuses as in Redis: redis-cli asserts on it.
  if (flags.length > 0) entries.push(['flags', flags.map(status)]);
  if (argument.type === 'block') entries.push(['arguments', argument.arguments.map(argumentDocs)]);
  return map(entries);
}
