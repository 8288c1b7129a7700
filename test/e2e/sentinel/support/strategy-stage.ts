import type { Test } from 'tap';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlNode } from '../../../../src/control/control-node.js';
import { PriorityLoan } from '../../../../src/control/sentinel/priority-loan.js';
import { SentinelLink } from '../../../../src/control/sentinel/sentinel-link.js';
import { NodeSet } from '../../../../src/control/strategies/node-set.js';
import { SentinelStrategy } from '../../../../src/control/strategies/sentinel.js';
import { systemClock } from '../../../../src/control/system-clock.js';
import type { OwnPromotion } from '../../../../src/control/sentinel/judge-views.js';
import { Relay } from '../../../support/relay.js';
import { MASTER_NAME, Sentinels, type SentinelOptions } from '../../../support/sentinels.js';
import { startShard } from '../../../support/shard.js';
import { until } from '../../../support/until.js';

/** For what is meant to be answered. */
export const PATIENCE_MS = 10_000;

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The strategy by itself, with one Sentinel, on a shard whose first replica everybody reaches through a relay: also the
 * Sentinel, since the replica says so.
 */
export async function startStrategy(
  t: Test,
  { replicas = 1, ...options }: SentinelOptions & { replicas?: number } = {},
) {
  const shard = await startShard({ replicas });
  t.teardown(() => shard.dispose());
  const [replica, other] = shard.replicas;
  if (replica === undefined) throw new Error('a shard with a replica');
  const relay = await Relay.start(replica);
  t.teardown(() => relay.close());
  await replica.send('CONFIG', 'SET', 'replica-announce-port', String(relay.port));
  await shard.master.send('CLIENT', 'KILL', 'TYPE', 'replica');
  await shard.inSync();
  await until('the master knows the relay', async () =>
    String(await shard.master.send('INFO', 'replication')).includes(`port=${relay.port}`),
  );
  const sentinels = await Sentinels.start(shard, { count: 1, ...options });
  t.teardown(() => sentinels.dispose());
  const [sentinel] = sentinels.servers;
  if (sentinel === undefined) throw new Error('a Sentinel');

  const from = shard.master.id;
  const to = relay.id;
  const ids = [from, to, ...(other === undefined ? [] : [other.id])];
  const nodes = ids.map((id) => new ControlNode(id));
  const access = { sentinels: sentinels.ids, masterName: MASTER_NAME, credentials: {}, nodes: ids };
  const links = sentinels.ids.map((id) => new SentinelLink(id, access));
  t.teardown(() => [...nodes, ...links].forEach((each) => each.close()));
  await Promise.all(nodes.map((node) => node.connect(PATIENCE_MS)));

  const directory = mkdtempSync(join(tmpdir(), 'holdfast-loan-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const set = new NodeSet(nodes);
  const loan = new PriorityLoan({
    node: (id) => set.get(id),
    path: join(directory, 'priority.json'),
    clock: systemClock,
    log: SILENT,
    timeoutMs: PATIENCE_MS,
  });
  t.teardown(() => loan.stop());
  const promotions: OwnPromotion[] = [];
  const strategy = new SentinelStrategy({
    nodes: set,
    sentinels: links,
    loan,
    clock: systemClock,
    timeoutMs: 500,
    onPromoted: (promotion) => promotions.push(promotion),
  });
  return { shard, replica, other, relay, sentinels, sentinel, strategy, promotions, from, to };
}
