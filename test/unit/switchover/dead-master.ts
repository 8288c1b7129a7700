import type { NodeFacts, SwitchoverRequest } from '../../../src/switchover/ports.js';
import { A, Harness } from './harness.js';

/** What is asked for. */
export const UNPLANNED: SwitchoverRequest = { unplanned: true };

/** What the master last said. */
export const MASTER_FACTS: NodeFacts = {
  node: A,
  role: 'master',
  offset: 120,
  engine: 'redis',
  version: '7.0.15',
  runId: A,
  loading: false,
  priority: 100,
  clusterEnabled: false,
  canPause: true,
  replicas: [],
  roundTripMs: 0.2,
};

/** A shard whose master A was seen at offset 120, and is dead now: every connection to it is refused. */
export function deadMaster(): Harness {
  const harness = new Harness({}, { version: 1, epoch: 4, master: A, intent: null, history: [] });
  die(harness, 'a');
  harness.b.offset = 110;
  harness.c.offset = 105;
  for (const replica of [harness.b, harness.c]) {
    replica.linkUp = false;
    replica.hooks.set('follow', () => (replica.linkUp = true));
    replica.hooks.set('demote', () => (replica.linkUp = true));
  }
  const now = harness.clock.now();
  harness.service.askForLostMaster(() => ({ node: A, facts: MASTER_FACTS, seenAt: now - 600, silentSince: now - 500 }));
  return harness;
}

/** Every connection to the node is refused from now on. */
export function die(harness: Harness, which: 'a' | 'b' | 'c'): void {
  for (const verb of ['connect', 'facts', 'role', 'demote', 'follow', 'promote'] as const) {
    harness[which].trouble(verb, { how: 'unsent', code: 'ECONNREFUSED' });
  }
}

/** It answers again, as what it was. */
export function revive(harness: Harness, which: 'a' | 'b' | 'c'): void {
  for (const verb of ['connect', 'facts', 'role', 'demote', 'follow', 'promote'] as const) {
    harness[which].trouble(verb, null);
  }
}

/** All is settled, and noted. */
export async function atRest(harness: Harness): Promise<void> {
  await harness.untilState('serving');
  await harness.until(() => harness.service.history().some(({ settled }) => settled), 'the history says so');
  await harness.until(() => harness.store.state?.intent === null, 'the intent is done with');
}
