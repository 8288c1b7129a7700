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

/**
 * Runs what concerns one client: a defect there costs this client its connection, and nobody else anything.
 *
 * @returns undefined when it was a defect.
 */
export function contain<T>(client: Client, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    client.shard.options.log.error({ client: client.addr, err: error }, 'a defect in Holdfast');
    disconnect(client, 'internal-error');
    client.destroy();
    return undefined;
  }
}
