import type { Client } from './client.js';
import { clientType } from './client-type.js';
import { disconnect } from './disconnect.js';
import type { Shard } from '../shard.js';

/** How often is looked at least, so that a short timeout is not seen late. */
const MAX_LOOK_MS = 1000;

/**
 * Disconnects clients that have said nothing for `timeoutMs`, as Redis' `timeout` does: not those that wait for something,
 * and not those that only listen. A half request is nothing said.
 *
 * @param timeoutMs 0: never.
 * @returns the function that ends it.
 */
export function watchIdleClients(shard: Shard, timeoutMs: number): () => void {
  if (timeoutMs === 0) return () => undefined;
  const look = (): void => {
    const before = shard.options.now() - timeoutMs;
    for (const client of shard.clients.values()) {
      if (client.lastActiveAt < before && mayTimeOut(client)) disconnect(client, 'idle', 'gently');
    }
  };
  const timer = setInterval(look, Math.min(MAX_LOOK_MS, timeoutMs)).unref();
  return () => clearInterval(timer);
}

/** Only says nothing: it waits for no reply, and did not ask for messages. */
function mayTimeOut(client: Client): boolean {
  const listens = clientType(client) === 'pubsub' || client.link?.state.monitoring === true;
  return client.outstanding === 0 && client.waitsFor === 'nothing' && client.output.empty && !listens;
}
