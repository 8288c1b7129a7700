import { type Reply, error } from '../reply.js';
import { renderUsage } from './argument.js';
import { UsageError } from './argument-reader.js';
import type { AdminCommand, AdminContext } from './command.js';
import type { AdminSession } from '../admin-session.js';

/** Redis shows at most this much of the arguments of a command that it does not know. */
const SHOWN_ARGUMENTS_CHARS = 128;

/**
 * Runs one request. Never rejects: wrong arguments are answered with the usage, a defect with an error and a log line.
 * The texts of the errors that Redis has too are Redis' own.
 */
export async function dispatch(
  request: readonly string[],
  session: AdminSession,
  context: AdminContext,
): Promise<Reply> {
  const [name = '', ...args] = request;
  const found = context.commands.get(name);
  if (!session.authenticated && found?.flags.includes('no_auth') !== true) {
    return error('NOAUTH Authentication required.');
  }
  if (found === undefined) return unknownCommand(name, args);
  const resolved = resolveSubcommand(found, args);
  if ('failure' in resolved) return resolved.failure;
  const { command, fullName, rest } = resolved;
  const words = request.length;
  if (command.arity >= 0 ? words !== command.arity : words < -command.arity) {
    const usage = renderUsage(fullName.replace('|', ' '), command.arguments);
    return error(`ERR wrong number of arguments for '${fullName}' command. Usage: ${usage}`);
  }
  try {
    return await command.run({ args: rest, session, context });
  } catch (failure) {
    return answerFailure(failure, command, fullName, context);
  }
}

interface Resolved {
  readonly command: AdminCommand;
  /** `config|get`, as Redis writes it. */
  readonly fullName: string;
  readonly rest: readonly string[];
}

function resolveSubcommand(parent: AdminCommand, args: readonly string[]): Resolved | { readonly failure: Reply } {
  const [first, ...rest] = args;
  if (parent.subcommands === undefined || first === undefined)
    return { command: parent, fullName: parent.name, rest: args };
  const command = parent.subcommands.find((candidate) => candidate.name === first.toLowerCase());
  if (command === undefined) {
    return { failure: error(`ERR unknown subcommand '${first.slice(0, SHOWN_ARGUMENTS_CHARS)}'. Try HELP.`) };
  }
  return { command, fullName: `${parent.name}|${command.name}`, rest };
}

function unknownCommand(name: string, args: readonly string[]): Reply {
  const shown = args.map((argument) => `'${argument.slice(0, SHOWN_ARGUMENTS_CHARS)}' `).join('');
  return error(
    `ERR unknown command '${name.slice(0, SHOWN_ARGUMENTS_CHARS)}', with args beginning with: ${shown.slice(0, SHOWN_ARGUMENTS_CHARS)}`,
  );
}

function answerFailure(failure: unknown, command: AdminCommand, fullName: string, context: AdminContext): Reply {
  const words = fullName.replace('|', ' ');
  if (failure instanceof UsageError) {
    return error(`ERR ${words.toUpperCase()}: ${failure.message}. Usage: ${renderUsage(words, command.arguments)}`);
  }
  context.log.error({ err: failure, command: fullName }, 'an admin command failed because of a defect');
  return error('ERR internal error; the log of Holdfast has the details');
}
