import type { CloseReason } from '../errors/close-reasons.js';
import { userOf } from '../session/identity.js';
import type { Client } from './client.js';

/** Ends the connection of a client that wanted to go on: counted, and said in the log. What was written for it still leaves. */
export function disconnect(client: Client, reason: CloseReason): void {
  if (client.closing) return;
  const { stats, options } = client.shard;
  stats.closed[reason]++;
  options.log.warn({ client: client.addr, user: userOf(client.session.identity), reason }, 'a client is disconnected');
  // Who takes nothing would never get its last words either.
  if (reason === 'unread-output') client.destroy();
  else client.close();
}
