import type { AdminTarget } from '../config/load.js';
import { AdminClient } from './admin-client.js';

/** One command over a connection of its own. */
export async function ask(target: AdminTarget, name: string, ...args: readonly string[]): Promise<unknown> {
  const client = await AdminClient.connect(target);
  try {
    return await client.call(name, ...args);
  } finally {
    client.close();
  }
}
