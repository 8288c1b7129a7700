import { type MapEntry, map } from '../reply.js';
import { commandDocs, commandEntry } from './command-docs.js';
import type { AdminCommand } from './command.js';

const count: AdminCommand = {
  name: 'count',
  summary: 'How many admin commands there are',
  arguments: [],
  arity: 2,
  flags: ['fast'],
  run({ context }) {
    return context.commands.all().length;
  },
};

const docs: AdminCommand = {
  name: 'docs',
  summary: 'What redis-cli completes and hints with',
  arguments: [{ name: 'command-name', type: 'string', optional: true, multiple: true }],
  arity: -2,
  flags: ['readonly'],
  run({ args, context }) {
    const asked = args.length === 0 ? context.commands.all() : args.flatMap((name) => context.commands.get(name) ?? []);
    return map(asked.map((command): MapEntry => [command.name, commandDocs(command)]));
  },
};

const info: AdminCommand = {
  name: 'info',
  summary: 'Name, arity and flags of admin commands',
  arguments: [{ name: 'command-name', type: 'string', optional: true, multiple: true }],
  arity: -2,
  flags: ['readonly'],
  run({ args, context }) {
    if (args.length === 0) return context.commands.all().map((command) => commandEntry(command));
    return args.map((name) => {
      const command = context.commands.get(name);
      return command === undefined ? null : commandEntry(command);
    });
  },
};

const list: AdminCommand = {
  name: 'list',
  summary: 'The names of the admin commands',
  arguments: [],
  arity: 2,
  flags: ['readonly'],
  run({ context }) {
    return context.commands.all().map((command) => command.name);
  },
};

/** Redis' COMMAND, as far as command lines and client libraries ask for it. */
export const commandCommand: AdminCommand = {
  name: 'command',
  summary: 'The admin commands, for tools',
  arguments: [],
  arity: -1,
  flags: ['readonly'],
  subcommands: [count, docs, info, list],
  run({ context }) {
    return context.commands.all().map((command) => commandEntry(command));
  },
};
