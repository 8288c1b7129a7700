import type { EngineName } from '../../switchover/ports.js';
import type { InfoFields } from '../info-fields.js';
import type { Engine } from './engine.js';
import { kvrocksEngine } from './kvrocks.js';
import { redisEngine, valkeyEngine } from './redis.js';

/** What a server is, by its own word. */
export interface Detected {
  readonly engine: EngineName;
  readonly version: string;
}

/**
 * Reads from `INFO server` what answers there. It is read before anything else is sent, because a ROLE can crash a
 * Kvrocks replica that is being restored. Kvrocks and Valkey also state a `redis_version`, for old clients.
 */
export function detectEngine(server: InfoFields): Detected {
  const kvrocks = server.get('kvrocks_version');
  if (kvrocks !== undefined) return { engine: 'kvrocks', version: kvrocks };
  const valkey = server.get('valkey_version');
  if (valkey !== undefined) return { engine: 'valkey', version: valkey };
  return { engine: 'redis', version: server.get('redis_version') ?? '' };
}

const ENGINES: Readonly<Record<EngineName, Engine>> = {
  redis: redisEngine,
  valkey: valkeyEngine,
  kvrocks: kvrocksEngine,
};

/** How such a server is spoken to. */
export function engineFor(name: EngineName): Engine {
  return ENGINES[name];
}
