/** One argument of an admin command, in the terms of Redis' `COMMAND DOCS`. */
export type ArgumentDoc =
  | {
      readonly name: string;
      readonly type: 'string' | 'integer';
      readonly token?: string;
      readonly optional?: true;
      readonly multiple?: true;
    }
  | { readonly name: string; readonly type: 'pure-token'; readonly token: string; readonly optional?: true }
  | {
      readonly name: string;
      readonly type: 'block';
      readonly token?: string;
      readonly optional?: true;
      readonly arguments: readonly ArgumentDoc[];
    };

/** `SWITCHOVER [TO host port] [DRYRUN]`: the command as HELP, errors and the documentation write it. */
export function renderUsage(name: string, documented: readonly ArgumentDoc[]): string {
  return [name.toUpperCase(), ...documented.map(renderArgument)].join(' ');
}

function renderArgument(argument: ArgumentDoc): string {
  const words = argument.type === 'pure-token' ? [argument.token] : [argument.token ?? '', renderValue(argument)];
  const usage = words.filter((word) => word !== '').join(' ');
  return argument.optional === true ? `[${usage}]` : usage;
}

function renderValue(argument: Exclude<ArgumentDoc, { type: 'pure-token' }>): string {
  if (argument.type === 'block') return argument.arguments.map(renderArgument).join(' ');
  return argument.multiple === true ? `${argument.name} …` : argument.name;
}
