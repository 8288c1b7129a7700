import { alarmsOf } from '../alarms.js';
import { parseNodeId } from '../../config/node-address.js';
import { failoverState } from '../failover-state.js';
import { connectedReplicas, masterView } from '../shard-view.js';
import type { AdminContext } from './command.js';

type InfoLines = Readonly<Record<string, string | number>>;

/** The sections of INFO by their names. Where Redis has a field of the same meaning, it has Redis' name. */
export const INFO_SECTIONS: Readonly<Record<string, (context: AdminContext) => InfoLines | Promise<InfoLines>>> = {
  server: serverLines,
  clients: clientLines,
  stats: statsLines,
  replication: replicationLines,
  holdfast: holdfastLines,
};

function serverLines({ build }: AdminContext): InfoLines {
  return {
    server_name: 'holdfast',
    holdfast_version: build.version,
    holdfast_commit: build.commit ?? '',
    node_version: process.versions.node,
    os: `${process.platform} ${process.arch}`,
    process_id: process.pid,
    uptime_in_seconds: Math.floor(process.uptime()),
    used_memory_rss: process.memoryUsage.rss(),
  };
}

async function clientLines({ ports }: AdminContext): Promise<InfoLines> {
  const { clients } = await ports.traffic.counters();
  return {
    connected_clients: clients.connected,
    blocked_clients: blockedClients(await ports.traffic.clients()),
    held_clients: clients.held,
  };
}

function blockedClients(clients: readonly { readonly waitsFor: string }[]): number {
  return clients.filter((client) => client.waitsFor === 'blocked').length;
}

async function statsLines({ ports }: AdminContext): Promise<InfoLines> {
  const { commands, held, clients, upstreams, errors } = await ports.traffic.counters();
  return {
    total_connections_received: clients.accepted,
    total_commands_processed: commands.read + commands.write + commands.local + commands.refused,
    commands_read: commands.read,
    commands_write: commands.write,
    commands_local: commands.local,
    commands_refused: commands.refused,
    held_commands_released: held.released,
    held_commands_failed: held.failed,
    client_errors: Object.values(errors).reduce((sum, count) => sum + count, 0),
    upstream_lanes: upstreams.lane,
    upstream_private_links: upstreams.private,
  };
}

function replicationLines({ ports }: AdminContext): InfoLines {
  const replicas = connectedReplicas(ports.topology);
  const slaves = replicas.map((replica, index): [string, string] => {
    const { host, port } = parseNodeId(replica.node) ?? { host: replica.node, port: 0 };
    const seenSecondsAgo = Math.floor(replica.seenMsAgo / 1000);
    const state = replica.problem === '' ? 'online' : 'wait_bgsync';
    return [`slave${index}`, `ip=${host},port=${port},state=${state},offset=${replica.offset},lag=${seenSecondsAgo}`];
  });
  return {
    role: 'master',
    connected_slaves: replicas.length,
    ...Object.fromEntries(slaves),
    master_failover_state: failoverState(ports.switchover.status()),
    master_repl_offset: masterView(ports.topology)?.offset ?? 0,
  };
}

function holdfastLines({ ports }: AdminContext): InfoLines {
  const status = ports.switchover.status();
  const last = ports.switchover.history().at(-1);
  const holders = ports.traffic.gateHolders();
  return {
    master: ports.topology.master() ?? '',
    problem: ports.topology.problem(),
    state: status.state,
    epoch: status.epoch,
    gate: holders.length === 0 ? 'open' : 'closed',
    gate_holders: holders.join(','),
    unsettled_nodes: status.unsettled.length,
    alarms: alarmsOf(ports).join(','),
    switchovers: ports.switchover.history().length,
    last_switchover_id: last?.id ?? '',
    last_switchover_outcome: last?.outcome ?? '',
    last_switchover_reason: last?.reason ?? '',
    last_switchover_stall_us: Math.round(last?.stallUs ?? 0),
  };
}
