import type { KvrocksDouble } from './kvrocks-double.js';

type Fields = readonly (readonly [name: string, value: string | number])[];

/** The sections of INFO that are known from the recordings, or all of them. */
export async function infoText(node: KvrocksDouble, wanted: string): Promise<string> {
  const sections: [string, () => Fields | Promise<Fields>][] = [
    ['Server', () => server(node)],
    ['Stats', () => stats(node)],
    ['Replication', () => replication(node)],
    ['Cluster', () => [['cluster_enabled', node.cluster === null ? 0 : 1]]],
  ];
  const parts: string[] = [];
  for (const [name, fields] of sections) {
    if (wanted !== '' && wanted !== name.toLowerCase()) continue;
    // While a full synchronisation is restored the section is missing.
    if (name === 'Replication' && node.restoring) continue;
    const lines = (await fields()).map(([field, value]) => `${field}:${value}\r\n`);
    parts.push(`# ${name}\r\n${lines.join('')}`);
  }
  return parts.join('\r\n');
}

function server(node: KvrocksDouble): Fields {
  const mode = node.cluster === null ? 'standalone' : 'cluster';
  return [
    ['version', node.version],
    ['kvrocks_version', node.version],
    ['redis_version', '4.0.0'],
    ['redis_mode', mode],
    ['kvrocks_mode', mode],
    ['process_id', node.server.pid],
    ['tcp_port', node.port],
  ];
}

async function stats(node: KvrocksDouble): Promise<Fields> {
  const real = await node.behind.info('stats');
  return ['sync_full', 'sync_partial_ok', 'sync_partial_err'].map((name) => [name, real.get(name) ?? 0]);
}

async function replication(node: KvrocksDouble): Promise<Fields> {
  const { master, replicas } = node;
  const real = await node.behind.info('replication');
  const offset = real.get(master === null ? 'master_repl_offset' : 'slave_repl_offset') ?? 0;
  const up = node.link?.state === 'up' && real.get('master_link_status') === 'up';
  const following: Fields =
    master === null
      ? []
      : [
          ['master_host', master.host],
          ['master_port', master.port],
          ['master_link_status', up ? 'up' : 'down'],
          ['master_sync_unrecoverable_error', 'no'],
          ['master_sync_in_progress', real.get('master_sync_in_progress') ?? 0],
          ['master_last_io_seconds_ago', 0],
          ['slave_repl_offset', offset],
          ['slave_priority', 100],
        ];
  return [
    ['role', master === null ? 'master' : 'slave'],
    ...following,
    ['connected_slaves', replicas.length],
    // What it states of a replica is the offset that it has sent.
    ...replicas.map((each, at) => [`slave${at}`, `ip=${each.host},port=${each.port},offset=${offset},lag=0`] as const),
    ['master_repl_offset', offset],
  ];
}
