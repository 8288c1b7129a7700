import type { Test } from 'tap';
import { freePort } from '../../../support/free-port.js';
import { localPorts } from '../../../support/local-ports.js';
import { startRedisCluster, type RedisCluster } from '../../../support/redis-cluster.js';
import { ServeProcess } from '../../../support/serve-process.js';
import { hostAndPort } from '../../../support/stage.js';
import { until } from '../../../support/until.js';

/** A cluster with a Holdfast in front of each shard, which cluster clients are told of instead of the nodes. */
export interface AnnouncedCluster {
  readonly cluster: RedisCluster;
  readonly holdfasts: readonly ServeProcess[];
  /** What clients are told: one address for each shard. */
  readonly proxies: readonly string[];
  /** `SWITCHOVER` to the next node of each shard, one after the other; each must go well. */
  readonly move: (t: Test) => Promise<void>;
  /** Settles when the nodes have no client but the Holdfasts. */
  readonly onlyProxiesAreConnected: () => Promise<void>;
}

export async function startAnnouncedCluster(t: Test): Promise<AnnouncedCluster> {
  const cluster = await startRedisCluster({ shards: [2, 2, 1], config: { 'cluster-node-timeout': '1000' } });
  t.teardown(() => cluster.dispose());
  const ports = await Promise.all(cluster.shards.map(() => freePort()));
  const proxies = ports.map((port) => `127.0.0.1:${port}`);
  const pairs = cluster.shards.flatMap(({ ids }, at) => ids.map((id) => `--announce-node=${id}=${proxies[at]}`));
  const starting = cluster.shards.map(({ ids }, at) =>
    ServeProcess.start({
      nodes: ids,
      flags: [
        '--topology=redis-cluster',
        '--preflight-timeout-ms=30000',
        `--listen=${proxies[at]}`,
        `--announce=${proxies[at]}`,
        ...pairs,
      ],
    }),
  );
  const holdfasts = await Promise.all(starting);
  for (const holdfast of holdfasts) t.teardown(() => holdfast.dispose());

  const move = async (t: Test): Promise<void> => {
    for (const [at, { ids }] of cluster.shards.entries()) {
      const holdfast = holdfasts[at];
      if (holdfast === undefined || ids.length < 2) continue;
      const from = (await holdfast.fields('STATUS')).text('master');
      const to = ids.find((id) => id !== from) ?? '';
      const outcome = await until(`${to} may take over`, async () => {
        const words = await holdfast.refusal(
          'SWITCHOVER',
          'TO',
          ...hostAndPort(to),
          'SYNCTIMEOUT',
          '10000',
          'PAUSETIMEOUT',
          '60000',
        );
        return /^REFUSED (not-arranged|owner-refuses)/.test(words) ? undefined : { words };
      });
      t.equal(outcome.words, '', `${from} → ${to}`);
    }
  };
  const onlyProxiesAreConnected = async (): Promise<void> => {
    await until('the nodes have no other clients', async () => {
      const peers = await Promise.all(cluster.servers.map((server) => server.send('CLIENT', 'LIST', 'TYPE', 'normal')));
      const known = new Set([...holdfasts.map(({ pid }) => pid), process.pid].flatMap((pid) => [...localPorts(pid)]));
      const strangers = peers
        .flatMap((list) => String(list).split('\n'))
        .filter((line) => line !== '' && !line.includes('cmd=client|list'))
        .filter((line) => !known.has(Number(/ addr=\S+:(\d+) /.exec(line)?.[1])));
      return strangers.length === 0;
    });
  };
  return { cluster, holdfasts, proxies, move, onlyProxiesAreConnected };
}
