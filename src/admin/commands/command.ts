import type { Logger } from '../../log/logger.js';
import type { AdminSession } from '../admin-session.js';
import type { BuildInfo } from '../build-info.js';
import type { ConfigView } from '../config-view.js';
import type { Credentials } from '../credentials.js';
import type { AdminPorts } from '../ports.js';
import type { Reply } from '../reply.js';
import type { ArgumentDoc } from './argument.js';
import type { CommandTable } from './command-table.js';

/** What one admin command is; HELP, COMMAND and the documentation are made of the same fields. */
export interface AdminCommand {
  /** In small letters; a subcommand has its own name only (`list`). */
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentDoc[];
  /** As Redis counts: the command's words included; negative means "at least". */
  readonly arity: number;
  /** Redis' command flags; `no_auth` may be called before AUTH. */
  readonly flags: readonly ('admin' | 'readonly' | 'fast' | 'no_auth')[];
  readonly subcommands?: readonly AdminCommand[];
  run(call: CommandCall): Reply | Promise<Reply>;
}

/** One call of a command. */
export interface CommandCall {
  /** Without the words of the command itself. */
  readonly args: readonly string[];
  readonly session: AdminSession;
  readonly context: AdminContext;
}

/** What every command may use. */
export interface AdminContext {
  readonly ports: AdminPorts;
  readonly config: ConfigView;
  readonly build: BuildInfo;
  readonly log: Logger;
  readonly credentials: Credentials;
  readonly commands: CommandTable;
  /** Monotonic milliseconds. */
  now(): number;
}
