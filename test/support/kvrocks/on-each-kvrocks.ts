import type { Test } from 'tap';
import type { KvrocksOptions } from './double-options.js';
import { NO_KVROCKS } from './kvrocks-binary.js';
import type { KvrocksNodes } from './kvrocks-nodes.js';
import { startKvrocksShard } from './kvrocks-shard.js';
import { startRealKvrocksShard } from './real-kvrocks-shard.js';

/** Starts a shard, of whichever kind; the test disposes of it. */
type StartShard = (replicas: number, options?: KvrocksOptions) => Promise<KvrocksNodes>;

/** Runs a test on doubles, and on a real Kvrocks where there is one. */
export async function onEachKvrocks(
  t: Test,
  name: string,
  body: (t: Test, start: StartShard) => Promise<void>,
): Promise<void> {
  await t.test(name, (t) => body(t, startKvrocksShard));
  await t.test(`${name}, on a real Kvrocks`, { skip: NO_KVROCKS }, (t) => body(t, startRealKvrocksShard));
}
