import { status } from '../reply.js';
import { renderUsage } from './argument.js';
import type { AdminCommand } from './command.js';

/** For people at a prompt. */
export const helpCommand: AdminCommand = {
  name: 'help',
  summary: 'This list',
  arguments: [],
  arity: -1,
  flags: ['fast'],
  run({ context }) {
    const lines = documentedCommands(context.commands.all()).flatMap(({ usage, summary }) => [usage, `    ${summary}`]);
    // Statuses, as Redis' own HELP answers: redis-cli prints them without quotes.
    return lines.map(status);
  },
};

/** Usage and summary of every command; of a command with subcommands, of those. */
export function documentedCommands(
  commands: readonly AdminCommand[],
): readonly { readonly usage: string; readonly summary: string }[] {
  return commands.flatMap((command) => {
    if (command.subcommands === undefined) {
      return [{ usage: renderUsage(command.name, command.arguments), summary: command.summary }];
    }
    return command.subcommands.map((subcommand) => ({
      usage: renderUsage(`${command.name} ${subcommand.name}`, subcommand.arguments),
      summary: subcommand.summary,
    }));
  });
}
