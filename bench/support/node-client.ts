import type { ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import { parseNodeId, type NodeId } from '../../src/config/node-address.js';

/** Far beyond what any order takes: an answer that has not come by then is a failure that must not hang the run. */
const ANSWER_WITHIN_MS = 60_000;

/**
 * A connection for giving orders. Nothing is queued, tried again or resent: an order that fails is a fact of the
 * measurement, and one that runs twice would falsify it.
 */
export async function connectTo(node: NodeId, tls?: ConnectionOptions): Promise<Redis> {
  const address = parseNodeId(node);
  if (address === null) throw new Error(`not an address: ${node}`);
  const redis = new Redis({
    ...address,
    ...(tls === undefined ? {} : { tls }),
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: () => null,
    commandTimeout: ANSWER_WITHIN_MS,
    connectionName: 'holdfast-bench',
  });
  // A command that is under way rejects with the same words.
  redis.on('error', () => {});
  await redis.connect();
  return redis;
}
