import type { ConnectionIdentity } from '../switchover/intent.js';
import { NodeError } from '../switchover/ports.js';
import type { NodeLink } from './node-link.js';

/**
 * Ends an earlier connection *on the server*, over another one: what was sent over it has run by then, or never will.
 *
 * @param lost null: the server has not named it.
 * @param what the order that it carried, for the error when the connection can not be named.
 */
export async function endOnServer(
  link: NodeLink,
  lost: ConnectionIdentity | null,
  what: string,
  timeoutMs: number,
): Promise<void> {
  if (lost === null) {
    throw new NodeError(link.node, 'unknown', `the connection that carried ${what} can not be named to the server`);
  }
  // 0 killed is as good: the server has read that connection to its end. ADDR, since ids start anew with the server.
  await link.call(['CLIENT', 'KILL', 'ID', lost.id, 'ADDR', lost.addr], timeoutMs);
}
