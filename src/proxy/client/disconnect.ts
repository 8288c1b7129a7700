import type { CloseReason } from '../../errors/close-reasons.js';
import { userOf } from '../../session/identity.js';
import type { Client } from './client.js';

/** Of these any client can cause as many as it likes, or they come for all at once: they do not fill the log. */
const NOT_WORTH_WARNING: ReadonlySet<CloseReason> = new Set(['protocol-error', 'killed', 'shutting-down']);

/**
 * Ends the connection of a client that wanted to go on, whatever the reason: counted, and said in the log.
 *
 * @param how `gently`: what was written for it still leaves.
 */
export function disconnect(client: Client, reason: CloseReason, how: 'gently' | 'at-once'): void {
  if (!client.closing) {
    const { stats, options } = client.shard;
    stats.closed[reason]++;
    const level = NOT_WORTH_WARNING.has(reason) ? 'debug' : 'warn';
    const user = userOf(client.session.identity);
    options.log[level]({ client: client.addr, user, reason }, 'a client is disconnected');
  }
  if (how === 'gently') client.close();
  else client.destroy();
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
    disconnect(client, 'internal-error', 'at-once');
    return undefined;
  }
}
