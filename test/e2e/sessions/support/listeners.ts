import type { Test } from 'tap';
import type { DelayedStage } from '../../../support/delayed-stage.js';
import type { RawClient } from '../../../support/raw-client.js';
import { NumberedSink } from './numbered.js';

/**
 * The way to a server takes some connections a few ms and others none, so that the order of things between them varies. Of
 * a switch nothing but the order is looked at, so it may take its time.
 */
export const DELAY = {
  maxDelayMs: 6,
  replicas: 1,
  flags: ['--sync-timeout-ms=1000', '--promote-timeout-ms=1000', '--pause-timeout-ms=5000'],
} as const;

/** An application's connection, which ends with the test. */
export async function throughHoldfast(t: Test, stage: Pick<DelayedStage, 'holdfast'>): Promise<RawClient> {
  const client = await stage.holdfast.client();
  t.teardown(() => client.close());
  return client;
}

/** Subscribes in each way, and in both versions of the protocol. */
export async function subscribed(
  t: Test,
  stage: Pick<DelayedStage, 'holdfast'>,
  ways: readonly string[],
): Promise<NumberedSink[]> {
  const sinks: NumberedSink[] = [];
  for (const way of ways) {
    for (const resp of ['2', '3']) {
      const client = await throughHoldfast(t, stage);
      await client.call('HELLO', resp);
      await client.call(...way.split(' '));
      sinks.push(new NumberedSink(`${way} (RESP${resp})`, client));
    }
  }
  return sinks;
}
