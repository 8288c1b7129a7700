import type { Test } from 'tap';
import type { RawClient } from './raw-client.js';
import type { RedisServer } from './redis-server.js';
import { startShard, type Shard, type ShardOptions } from './shard.js';
import type { TestCertificates } from './test-certificates.js';
import { until } from './until.js';
import { fieldsOf, type Fields } from './fields.js';
import { ServeProcess } from './serve-process.js';
import { Relay } from './relay.js';

export interface StageOptions extends ShardOptions {
  readonly flags?: readonly string[];
  /** TLS everywhere: towards the servers, between them, and on all listeners of Holdfast. */
  readonly tls?: TestCertificates;
  /** Holdfast and the replicas reach the server that is the master at the start through a relay. */
  readonly relayToMaster?: boolean;
  /** Holdfast and the other servers reach the first replica through a relay. */
  readonly relayToReplica?: boolean;
}

/** A shard, Holdfast in front of it, and a client with one write done. */
export interface Stage {
  readonly shard: Shard;
  readonly holdfast: ServeProcess;
  readonly client: RawClient;
  readonly relay: Relay;
  /** How Holdfast knows the master and the first replica. */
  readonly from: string;
  readonly to: string;
  readonly candidate: RedisServer;
  /**
   * `SWITCHOVER TO` the first replica, with a pause that nobody would wait for: a test notices when it is not ended.
   * @returns the words of the error, empty when it switched. */
  readonly switchover: (...options: readonly string[]) => Promise<string>;
}

/** Sets the stage; everything is gone when the test ends. */
export async function startStage(t: Test, options: StageOptions = {}): Promise<Stage> {
  const { flags = [], relayToMaster = false, relayToReplica = false, ...shardOptions } = options;
  const shard = await startShard(shardOptions);
  t.teardown(() => shard.dispose());
  const [candidate] = shard.replicas;
  if (candidate === undefined) throw new Error('a stage wants a replica');
  const relay = await Relay.start(relayToReplica ? candidate : shard.master);
  t.teardown(() => relay.close());
  if (relayToMaster) await followRelay(shard, relay);
  const from = relayToMaster ? relay.id : shard.master.id;
  const to = relayToReplica ? relay.id : candidate.id;
  const others = shard.ids.filter((id) => id !== shard.master.id && id !== candidate.id);
  const { tls } = options;
  const nodeTls = tls === undefined ? [] : ['--node-tls'];
  const holdfast = await ServeProcess.start({
    nodes: [from, to, ...others],
    // No client waits for a preflight, and a busy machine needs its time.
    flags: ['--preflight-timeout-ms=30000', ...nodeTls, ...flags],
    ...(tls === undefined ? {} : { tls }),
  });
  t.teardown(() => holdfast.dispose());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.equal(await client.call('SET', 'before', '1'), '+OK\r\n');
  const switchover = (...more: readonly string[]): Promise<string> =>
    holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(to), 'PAUSETIMEOUT', '600000', ...more);
  return { shard, holdfast, client, relay, from, to, candidate, switchover };
}

async function followRelay(shard: Shard, relay: Relay): Promise<void> {
  for (const replica of shard.replicas) {
    await replica.send('REPLICAOF', relay.host, String(relay.port));
    await replica.send('CONFIG', 'REWRITE');
  }
  const inSync = shard.replicas.map(async (replica) => {
    await until(`${replica.id} follows the relay`, async () => {
      const info = await replica.info('replication');
      return info.get('master_port') === String(relay.port) && info.get('master_link_status') === 'up';
    });
  });
  await Promise.all(inSync);
}

/** As SWITCHOVER wants an address. */
export function hostAndPort(id: string): readonly [string, string] {
  const colon = id.lastIndexOf(':');
  return [id.slice(0, colon), id.slice(colon + 1)];
}

/** The newest entry of HISTORY. */
export async function lastEntry(holdfast: ServeProcess): Promise<Fields> {
  const reply = await holdfast.admin('HISTORY', '1');
  return fieldsOf(Array.isArray(reply) ? (reply as readonly unknown[])[0] : reply);
}

/** How often this server was paused and told whom to follow, until now. */
export async function touches(server: RedisServer): Promise<string> {
  const stats = await server.info('commandstats');
  return ['cmdstat_client|pause', 'cmdstat_replicaof']
    .map((name) => `${name} ${/calls=(\d+)/.exec(stats.get(name) ?? '')?.[1] ?? '0'}`)
    .join(', ');
}
