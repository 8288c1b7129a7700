import { Redis } from 'ioredis';
import { parseNodeId, type NodeId } from '../../src/config/node-address.js';
import { clientKeys, readMark } from './frames.js';
import type { FinalState } from './judge.js';

/** A list is read in pieces, so that one reply does not stand in the master's way. */
const PIECE = 10_000;

/** Reads what `clients` clients left behind, from the master itself and not through what is being measured. */
export async function readBack(master: NodeId, prefix: string, clients: number): Promise<readonly FinalState[]> {
  const address = parseNodeId(master);
  if (address === null) throw new Error(`not an address: ${master}`);
  const redis = new Redis({ ...address, protocol: 2, retryStrategy: () => null, lazyConnect: true });
  await redis.connect();
  try {
    const states: FinalState[] = [];
    for (let client = 0; client < clients; client++) states.push(await readClient(redis, prefix, client));
    return states;
  } finally {
    redis.disconnect();
  }
}

async function readClient(redis: Redis, prefix: string, client: number): Promise<FinalState> {
  const keys = clientKeys(prefix, client);
  const values = await redis.mgetBuffer(...keys.values);
  return {
    counter: Number((await redis.get(keys.counter)) ?? 0),
    list: await readList(redis, keys.list),
    values: values.map((value) => (value === null ? null : readMark(value, 0, value.length))),
  };
}

async function readList(redis: Redis, key: string): Promise<readonly number[]> {
  const elements: number[] = [];
  for (;;) {
    const piece = await redis.lrange(key, elements.length, elements.length + PIECE - 1);
    for (const element of piece) elements.push(Number(element));
    if (piece.length < PIECE) return elements;
  }
}
