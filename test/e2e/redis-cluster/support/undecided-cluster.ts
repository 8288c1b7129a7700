import type { Test } from 'tap';
import { RawClient } from '../../../support/raw-client.js';
import { startRedisCluster, type RedisCluster } from '../../../support/redis-cluster.js';
import type { RedisServer } from '../../../support/redis-server.js';
import { ServeProcess } from '../../../support/serve-process.js';
import { hostAndPort } from '../../../support/stage.js';
import { until } from '../../../support/until.js';

/** `CLUSTER FAILOVER`, as it is sent to be carried out. */
export const FAILOVER = /\*2\r\n\$7\r\ncluster\r\n\$8\r\nfailover\r\n/i;

/** A cluster whose other masters can be stopped, so that nobody is elected. */
export interface UndecidedCluster {
  readonly cluster: RedisCluster;
  readonly master: RedisServer;
  /** A node asks for votes only once in a while: each promotion that comes so far wants another one of these. */
  readonly candidates: readonly [RedisServer, RedisServer];
  readonly stopVoters: () => Promise<void>;
  readonly resumeVoters: () => void;
  /** Settles when both of the others have judged its request for a vote, and it has the votes that were given. */
  readonly judged: (candidate: RedisServer) => Promise<{ readonly votes: number; readonly role: string }>;
}

export async function startUndecidedCluster(t: Test): Promise<UndecidedCluster> {
  // The stopped ones must not be missed for so long.
  const cluster = await startRedisCluster({ shards: [3, 1, 1], config: { 'cluster-node-timeout': '5000' } });
  t.teardown(() => cluster.dispose());
  const [master, first, second] = cluster.first.servers;
  const voters = cluster.shards.slice(1).map((shard) => shard.master);
  if (master === undefined || first === undefined || second === undefined) throw new Error('too few nodes');
  return {
    cluster,
    master,
    candidates: [first, second],
    stopVoters: async () => void (await Promise.all(voters.map((voter) => voter.freeze()))),
    resumeVoters: () => voters.forEach((voter) => voter.resume()),
    judged: async (candidate) => {
      const id = cluster.idOf(candidate);
      const verdict = new RegExp(`Failover auth (granted|denied) to ${id}`);
      await until('both have judged', () => voters.every((voter) => verdict.test(voter.log())));
      const votes = cluster.servers.filter((server) => server.log().includes(`Failover auth granted to ${id}`)).length;
      await until('the votes are there', async () => {
        const info = String(await candidate.send('CLUSTER', 'INFO'));
        return Number(/auth-ack_received:(\d+)/.exec(info)?.[1] ?? 0) >= votes;
      });
      return { votes, role: (await candidate.info('replication')).get('role') ?? '' };
    },
  };
}

/** A Holdfast that knows the two nodes, and a client. */
export async function standBefore(
  t: Test,
  from: { readonly id: string },
  to: { readonly id: string },
  flags: readonly string[],
) {
  const holdfast = await ServeProcess.start({
    nodes: [from.id, to.id],
    flags: ['--topology=redis-cluster', '--preflight-timeout-ms=30000', ...flags],
  });
  t.teardown(() => holdfast.dispose());
  const client = await RawClient.connect({ host: '127.0.0.1', port: holdfast.port });
  t.teardown(() => client.close());
  const switchover = (): Promise<string> =>
    holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(to.id), 'SYNCTIMEOUT', '10000', 'PAUSETIMEOUT', '60000');
  return { holdfast, client, switchover };
}
