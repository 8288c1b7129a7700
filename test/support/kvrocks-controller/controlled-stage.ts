import type { Test } from 'tap';
import type { KvrocksDoubleOptions } from '../kvrocks/double-options.js';
import { startKvrocksCluster, type KvrocksShard } from '../kvrocks/kvrocks-shard.js';
import { ServeProcess } from '../serve-process.js';
import type { ControllerDoubleOptions } from './controller-double.js';
import type { StoredCluster, StoredShard } from './controller-store.js';
import { Controllers } from './controllers.js';

export interface ControlledStageOptions {
  readonly controllers?: number;
  readonly shards?: number;
  readonly replicas?: number;
  readonly flags?: readonly string[];
  readonly nodes?: KvrocksDoubleOptions;
  readonly prober?: ControllerDoubleOptions;
}

/** Controllers, and a cluster that they own. */
export interface OwnedCluster {
  readonly controllers: Controllers;
  readonly shards: readonly KvrocksShard[];
  /** The first of them. */
  readonly shard: KvrocksShard;
}

/** The same, and Holdfast in front of the first shard. */
export interface ControlledStage extends OwnedCluster {
  readonly holdfast: ServeProcess;
}

/** Starts a cluster and its controllers; gone when the test ends. */
export async function startOwnedCluster(t: Test, options: ControlledStageOptions = {}): Promise<OwnedCluster> {
  const shards = await startKvrocksCluster(options.shards ?? 1, options.replicas ?? 1, options.nodes);
  t.teardown(() => Promise.all(shards.map((shard) => shard.dispose())));
  const [shard] = shards;
  if (shard === undefined) throw new Error('a cluster without shards');
  const controllers = await Controllers.start(options.controllers ?? 1, storedCluster(shards), options.prober);
  t.teardown(() => controllers.dispose());
  return { controllers, shards, shard };
}

/** Sets the stage; everything is gone when the test ends. */
export async function startControlledStage(t: Test, options: ControlledStageOptions = {}): Promise<ControlledStage> {
  const owned = await startOwnedCluster(t, options);
  const holdfast = await ServeProcess.start({
    nodes: owned.shard.ids,
    flags: [...owned.controllers.flags, '--preflight-timeout-ms=30000', ...(options.flags ?? [])],
  });
  t.teardown(() => holdfast.dispose());
  return { ...owned, holdfast };
}

/** The topology of a cluster as a controller that has made it would keep it. */
export function storedCluster(shards: readonly KvrocksShard[], name = 'test-cluster'): StoredCluster {
  return { version: 1, name, shards: shards.map(storedShard) };
}

function storedShard({ nodes }: KvrocksShard): StoredShard {
  const [master] = nodes;
  const own = master?.cluster
    ?.nodesText(0)
    .split('\n')
    .find((line) => line.includes('myself'));
  return {
    nodes: nodes.map((node) => ({
      id: node.cluster?.myId ?? '',
      addr: node.id,
      role: node === master ? 'master' : 'slave',
      password: '',
      created_at: 1_700_000_000,
    })),
    slot_ranges: own?.split(' ').slice(8) ?? [],
    target_shard_index: -1,
    migrating_slot: null,
  };
}
