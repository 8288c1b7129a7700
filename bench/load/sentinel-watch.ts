import type { Redis } from 'ioredis';
import type { NodeId } from '../../src/config/node-address.js';
import { connectTo } from '../support/node-client.js';
import { SENTINEL_MASTER_NAME } from './settings.js';

/** What an application with support for Sentinel does: it asks for the master, and it hears when that changes. */
export class SentinelWatch {
  readonly #asking: Redis;
  readonly #listening: Redis;

  private constructor(asking: Redis, listening: Redis) {
    this.#asking = asking;
    this.#listening = listening;
  }

  /** @param onSwitch called at each `+switch-master`. */
  static async connect(sentinel: NodeId, onSwitch: (master: NodeId) => void): Promise<SentinelWatch> {
    const [asking, listening] = [await connectTo(sentinel), await connectTo(sentinel)];
    // name, old address, old port, new address, new port
    listening.on('message', (_channel: string, message: string) => {
      const [name, , , host, port] = message.split(' ');
      if (name === SENTINEL_MASTER_NAME) onSwitch(`${host ?? ''}:${port ?? ''}`);
    });
    await listening.subscribe('+switch-master');
    return new SentinelWatch(asking, listening);
  }

  /** Rejects when the Sentinel knows no master. */
  async master(): Promise<NodeId> {
    const address: unknown = await this.#asking.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', SENTINEL_MASTER_NAME);
    if (!Array.isArray(address)) throw new Error(`Sentinel knows no ${SENTINEL_MASTER_NAME}`);
    return address.map(String).join(':');
  }

  close(): void {
    this.#asking.disconnect();
    this.#listening.disconnect();
  }
}
