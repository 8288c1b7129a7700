import { Effect, Route, type CommandInfo } from './command-info.js';
import type { CommandTable } from './command-table.js';

const ROUTES: Readonly<Record<Route, string>> = {
  [Route.Lane]: 'lane',
  [Route.Script]: 'lane',
  [Route.Access]: 'lane',
  [Route.Undone]: 'lane',
  [Route.Unanswered]: 'answered here',
  [Route.Identity]: 'identity',
  [Route.Private]: 'private link',
  [Route.Here]: 'here',
  [Route.Refused]: 'refused',
  [Route.CrossProtocol]: 'ends the connection',
};

/** What a switch means for commands that do something to their connection. */
const EFFECTS: Readonly<Partial<Record<Effect, string>>> = {
  [Effect.Multi]: 'the queue is sent again on the new master',
  [Effect.Exec]: 'held when the transaction writes; runs once, on the new master; null after WATCH',
  [Effect.Discard]: 'ends the transaction, wherever it is',
  [Effect.Watch]: 'EXEC answers null',
  [Effect.Unwatch]: 'as before',
  [Effect.Blocking]: 'issued again on the new master with the time that is left, in the order of waiting',
  [Effect.Subscribe]: 'the subscription moves; no message lost, none twice',
  [Effect.Unsubscribe]: 'as before',
  [Effect.Monitor]: 'goes on from the new master; a gap is possible',
  [Effect.Tracking]: 'set again on the new master; everything cached is invalidated',
  [Effect.Caching]: 'speaks of the next command, wherever that runs',
  [Effect.TrackingQuery]: 'as before',
  [Effect.Reply]: 'stays',
  [Effect.Mode]: 'stays',
  [Effect.Debug]: 'its client is disconnected',
};

/** What has to be said of single commands instead. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'client|pause': 'waits for the end of the switch; a pause that is on goes on',
  'client|unpause': 'waits for the end of the switch',
  'script|load': 'held; the script is known on the new master',
  eval: 'held; the script is known on the new master',
  eval_ro: 'to the old master until the redirect; the script is known on the new one',
  'script|flush': 'held, then runs on the new master',
  publish: 'held, then published on the new master',
  spublish: 'held, then published on the new master',
  'config|set': 'speaks of the node that is the master; not carried over',
  'acl|setuser': 'speaks of the node that is the master; not carried over',
  'acl|deluser': 'speaks of the node that is the master; not carried over',
  'acl|load': 'speaks of the node that is the master; not carried over',
  shutdown: 'ends the node that is the master',
  asking: 'speaks of the next command',
  readonly: 'says nothing to a master: it is undone at once, except inside MULTI',
  readwrite: 'as before',
  wait: 'asked again on the new master with the time that is left',
  waitaof: 'asked again on the new master with the time that is left',
  reset: 'as before',
  quit: 'as before',
};

/** One row for each command and subcommand, by name: how it travels, and what a switch means for it. */
export function renderCommandTable(table: CommandTable): string {
  const rows = table
    .names()
    .flatMap((name) => withSubcommands(table.get(name)))
    .filter((info) => info.route !== Route.CrossProtocol)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((info) => `| \`${info.name.replace('|', ' ').toUpperCase()}\` | ${routeOf(info)} | ${inASwitch(info)} |`);
  return ['| Command | Route | In a switch |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A container stands for its subcommands, and for those that are not listed. */
function withSubcommands(info: CommandInfo | undefined): readonly CommandInfo[] {
  if (info === undefined) return [];
  return info.subcommands === null ? [info] : [...info.subcommands.values()];
}

function routeOf(info: CommandInfo): string {
  // These two block only with BLOCK.
  return info.name.startsWith('xread') ? 'lane; private link with BLOCK' : ROUTES[info.route];
}

function inASwitch(info: CommandInfo): string {
  const exception = EXCEPTIONS[info.name];
  if (exception !== undefined) return exception;
  if (info.route === Route.Refused) return '–';
  if (info.route === Route.Here || info.route === Route.Identity) return 'as before';
  const effect = EFFECTS[info.effect];
  if (effect !== undefined) return effect;
  return info.write ? 'held, then runs on the new master' : 'to the old master until the redirect';
}
