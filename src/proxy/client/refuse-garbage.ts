import type { Client } from './client.js';
import { disconnect } from './disconnect.js';

/** Other errors wait their turn; this one ends the connection, after the replies that are still due. */
export function refuseGarbage(client: Client, error: string): void {
  if (client.outstanding > 0) {
    client.wait('replies');
    return;
  }
  if (client.link?.answersLast() !== false) client.fail('protocol-error', `ERR ${error}`);
  disconnect(client, 'protocol-error', 'gently');
}
