import type { NodeId } from '../config/node-address.js';
import type { NodeError } from '../switchover/ports.js';

/** A command as it is sent: name and arguments. */
export type CommandLine = readonly (string | number)[];

/** A decoded RESP2 reply. Errors inside of an EXEC stay where they stood; every other error is thrown. */
export type Reply = string | number | null | Error | readonly Reply[];

/**
 * What the engines need of a connection to one node. Each call is one write to the socket, is sent at most once, and
 * rejects with a {@link NodeError} (`unsent`, `unknown`, and {@link call} with `refused`).
 */
export interface NodeLink {
  readonly node: NodeId;
  /** Sends one command. Rejects as `refused` when the server answers with an error. */
  call(command: CommandLine, timeoutMs: number): Promise<Reply>;
  /** Sends commands in one write. The errors of single commands stand among the replies; the rest rejects. */
  pipeline(commands: readonly CommandLine[], timeoutMs: number): Promise<readonly (Reply | NodeError)[]>;
}
