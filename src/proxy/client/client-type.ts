import type { Client } from './client.js';

/** As `CLIENT LIST TYPE` and `CLIENT KILL TYPE` sort clients. */
export function clientType(client: Client): 'normal' | 'pubsub' {
  return client.link?.state.subscribed === true ? 'pubsub' : 'normal';
}
