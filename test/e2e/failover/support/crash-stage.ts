import type { Test } from 'tap';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Relay } from '../../../support/relay.js';
import { ServeProcess } from '../../../support/serve-process.js';
import { startShard, type Shard } from '../../../support/shard.js';
import { until } from '../../../support/until.js';
import { QUICK } from './stage.js';

export interface CrashStage {
  readonly shard: Shard;
  /** Before the replica that is to take over. */
  readonly relay: Relay;
  readonly start: (...more: readonly string[]) => Promise<ServeProcess>;
}

/** A shard of two, Holdfast's way to the replica, and a state directory for one Holdfast after the other. */
export async function startCrashStage(t: Test): Promise<CrashStage> {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('a replica is wanted');
  const relay = await Relay.start(replica);
  t.teardown(() => relay.close());
  const stateDir = mkdtempSync(join(tmpdir(), 'holdfast-failover-'));
  t.teardown(() => rmSync(stateDir, { recursive: true, force: true }));
  const start = async (...more: readonly string[]): Promise<ServeProcess> => {
    const holdfast = await ServeProcess.launch({
      nodes: [shard.master.id, relay.id],
      flags: [...QUICK, '--auto-failover', ...more],
      stateDir,
    });
    t.teardown(() => holdfast.dispose());
    return holdfast;
  };
  return { shard, relay, start };
}

/** Settles when Holdfast serves the node behind the relay. */
export async function serves(holdfast: ServeProcess, relay: Relay): Promise<void> {
  await until('it is served', async () => (await holdfast.fields('STATUS')).text('master') === relay.id);
}
