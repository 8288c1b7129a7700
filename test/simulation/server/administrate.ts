import { OK, Refusal, type Answer } from './answer.js';
import { COMMANDS, commandReply } from './command-list.js';
import type { ServerConnection } from './connection.js';
import type { SimServer } from './sim-server.js';

/** What operators and proxies ask, and what changes the server itself. */
export function administrate(
  server: SimServer,
  connection: ServerConnection,
  name: string,
  args: readonly string[],
): Answer {
  switch (name) {
    case 'role':
      return role(server);
    case 'info':
      return info(server, args[0]?.toLowerCase() ?? '');
    case 'replicaof':
      return replicaOf(server, args);
    case 'command':
      return commandReply();
    case 'command|count':
      return COMMANDS.size;
    case 'config|get':
      return args[0] === 'replica-priority' ? ['replica-priority', '100'] : [];
    case 'config|rewrite':
      server.configured = server.upstream.master;
      return OK;
    case 'pubsub|numsub':
      return args.flatMap((channel) => [channel, count(server, channel)]);
    default:
      return name.startsWith('client|')
        ? client(server, connection, name.slice(7), args)
        : new Refusal(`ERR the model has no ${name}`);
  }
}

function client(server: SimServer, connection: ServerConnection, name: string, args: readonly string[]): Answer {
  switch (name) {
    case 'id':
      return connection.id;
    case 'info':
      return `id=${connection.id} addr=${connection.endpoint.remote} laddr=${server.address} name=${connection.name}\n`;
    case 'setname':
      connection.name = args[0] ?? '';
      return OK;
    case 'getname':
      return connection.name === '' ? null : connection.name;
    case 'pause': {
      const ms = Number(args[0]);
      if (!Number.isInteger(ms)) return new Refusal('ERR timeout is not an integer or out of range');
      server.pause.begin(ms);
      return OK;
    }
    case 'unpause':
      server.pause.end();
      return OK;
    case 'kill':
      return kill(server, args);
    case 'unblock': {
      const waiting = [...server.connections].find(({ id }) => String(id) === args[0]);
      return waiting !== undefined && server.blocked.unblock(waiting) ? 1 : 0;
    }
    default:
      return new Refusal(`ERR unknown subcommand '${name}'. Try CLIENT HELP.`);
  }
}

/** By all of its filters. */
function kill(server: SimServer, args: readonly string[]): Answer {
  const filters = new Map<string, string>();
  for (let at = 0; at + 1 < args.length; at += 2) filters.set((args[at] ?? '').toLowerCase(), args[at + 1] ?? '');
  const victims = [...server.connections].filter(({ id, endpoint, replica }) => {
    const type = filters.get('type');
    if (filters.has('id') && filters.get('id') !== String(id)) return false;
    if (filters.has('addr') && filters.get('addr') !== endpoint.remote) return false;
    return type === undefined || (type === 'replica') === (replica !== null);
  });
  for (const victim of victims) server.end(victim);
  return victims.length;
}

function replicaOf(server: SimServer, [host = '', port = '']: readonly string[]): Answer {
  if (host.toLowerCase() === 'no' && port.toLowerCase() === 'one') {
    server.follow('');
    return OK;
  }
  if (!/^\d+$/.test(port)) return new Refusal('ERR Invalid master port');
  server.follow(`${host}:${port}`);
  return OK;
}

function role(server: SimServer): Answer {
  const { upstream, stream } = server;
  if (server.isMaster) {
    const replicas = stream.replicas.map(({ replica }): Answer => {
      const [host, port] = split(replica?.address ?? '');
      return [host, port, String(replica?.offset ?? 0)];
    });
    return ['master', stream.offset, replicas];
  }
  const [host, port] = split(upstream.master);
  return ['slave', host, Number(port), upstream.state, upstream.state === 'connected' ? stream.offset : -1];
}

function info(server: SimServer, section: string): string {
  const { stream, upstream } = server;
  const sections: Record<string, () => Record<string, string | number>> = {
    server: () => ({ redis_version: '7.0.15', redis_build_id: 'model', run_id: server.runId }),
    persistence: () => ({ loading: server.loading ? 1 : 0 }),
    cluster: () => ({ cluster_enabled: 0 }),
    stats: () => ({ sync_full: stream.fullSyncs, sync_partial_ok: stream.partialSyncs }),
    replication: () => ({
      role: server.isMaster ? 'master' : 'slave',
      ...(server.isMaster ? {} : following(upstream, stream.offset)),
      ...Object.fromEntries(stream.replicas.map(replicaLine)),
      master_replid: stream.id,
      master_repl_offset: stream.offset,
    }),
  };
  const fields = sections[section]?.() ?? {};
  return Object.entries(fields)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');
}

function following({ master, state }: SimServer['upstream'], offset: number): Record<string, string | number> {
  const [host, port] = split(master);
  return {
    master_host: host,
    master_port: port,
    master_link_status: state === 'connected' ? 'up' : 'down',
    master_sync_in_progress: state === 'sync' ? 1 : 0,
    slave_repl_offset: offset,
    slave_priority: 100,
  };
}

function replicaLine({ replica }: ServerConnection, index: number): readonly [string, string] {
  const [ip, port] = split(replica?.address ?? '');
  return [`slave${index}`, `ip=${ip},port=${port},state=online,offset=${replica?.offset ?? 0},lag=0`];
}

function count(server: SimServer, channel: string): number {
  return [...server.connections].filter(({ channels }) => channels.has(channel)).length;
}

function split(address: string): readonly [string, string] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon), address.slice(colon + 1)];
}
