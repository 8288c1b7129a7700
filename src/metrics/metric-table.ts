import { PHASE_BUCKETS_SECONDS, STALL_BUCKETS_SECONDS } from './buckets.js';

/** What the documentation and the registration of a metric need to know. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What one step of the value is: `seconds`, `bytes`, …; `1` for a flag or a plain number. */
  readonly unit: string;
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

/**
 * Every metric of Holdfast's own, by name. The registry is built from this table, the README's table is rendered from
 * it, and a test compares the dashboard and the alert rules with it.
 */
export const METRICS = {
  holdfast_switchovers_total: {
    type: 'counter',
    unit: 'switchovers',
    labels: ['outcome', 'reason'],
    help: 'Switchovers by how they ended; `reason` is `none` for those that went well',
  },
  holdfast_failovers_total: {
    type: 'counter',
    unit: 'failovers',
    labels: ['outcome', 'reason'],
    help: 'Unplanned failovers, by Holdfast or by command, by how they ended; `reason` is `none` for those that went well',
  },
  holdfast_last_failover_gap: {
    type: 'gauge',
    unit: 'offset',
    labels: [],
    help: 'How much the new master of the last failover lacked of what the dead one was last seen with',
  },
  holdfast_write_stall_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: [],
    help: 'Gate closed to gate open, one observation per switchover that closed it',
    buckets: STALL_BUCKETS_SECONDS,
  },
  holdfast_last_write_stall_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    help: 'Stall of the last switchover that closed the gate',
  },
  holdfast_switchover_phase_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: ['phase'],
    help: 'Duration of each phase that was entered',
    buckets: PHASE_BUCKETS_SECONDS,
  },
  holdfast_held_command_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: [],
    help: 'How long each held command waited at the gate',
    buckets: STALL_BUCKETS_SECONDS,
  },
  holdfast_held_commands_total: {
    type: 'counter',
    unit: 'commands',
    labels: ['result'],
    help: 'Held commands by how the hold ended for them; held = released + failed',
  },
  holdfast_held_clients: {
    type: 'gauge',
    unit: 'clients',
    labels: [],
    help: 'Clients that wait at the gate now',
  },
  holdfast_held_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: [],
    help: 'Bytes of commands that wait at the gate now',
  },
  holdfast_gate_closed: {
    type: 'gauge',
    unit: '1',
    labels: ['holder'],
    help: '1 while the holder keeps the gate closed',
  },
  holdfast_client_errors_total: {
    type: 'counter',
    unit: 'errors',
    labels: ['code'],
    help: 'Errors that Holdfast itself gave to clients; what the servers answer is not counted',
  },
  holdfast_commands_total: {
    type: 'counter',
    unit: 'commands',
    labels: ['class'],
    help: 'Commands of clients: sent on as read or write, answered here (local), or refused',
  },
  holdfast_clients: {
    type: 'gauge',
    unit: 'clients',
    labels: [],
    help: 'Connected clients',
  },
  holdfast_clients_accepted_total: {
    type: 'counter',
    unit: 'clients',
    labels: [],
    help: 'Clients accepted since the start',
  },
  holdfast_clients_closed_total: {
    type: 'counter',
    unit: 'clients',
    labels: ['reason'],
    help: 'Clients that Holdfast disconnected although they wanted to go on',
  },
  holdfast_connections_refused_total: {
    type: 'counter',
    unit: 'connections',
    labels: ['listener', 'reason'],
    help: 'Connections that ended before their first request: TLS, client certificates, PROXY headers',
  },
  holdfast_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: ['file'],
    help: "When a certificate of Holdfast's own expires, Unix time; absent without one",
  },
  holdfast_upstreams: {
    type: 'gauge',
    unit: 'connections',
    labels: ['kind'],
    help: 'Open data connections to the shard: shared lanes and private links',
  },
  holdfast_workers: {
    type: 'gauge',
    unit: 'processes',
    labels: [],
    help: 'Processes that serve clients',
  },
  holdfast_workers_ended_total: {
    type: 'counter',
    unit: 'processes',
    labels: [],
    help: 'Workers that ended although nobody had stopped them, and their connections with them',
  },
  holdfast_node_up: {
    type: 'gauge',
    unit: '1',
    labels: ['node'],
    help: '1 when the node answers',
  },
  holdfast_node_is_master: {
    type: 'gauge',
    unit: '1',
    labels: ['node'],
    help: '1 when the node says it is a master; the sum over the shard is 1 when all is well',
  },
  holdfast_node_offset: {
    type: 'gauge',
    unit: 'bytes',
    labels: ['node'],
    help: 'Applied replication offset (Kvrocks: sequence numbers)',
  },
  holdfast_replica_lag: {
    type: 'gauge',
    unit: 'bytes',
    labels: ['node'],
    help: 'How far the node is behind the master (Kvrocks: sequence numbers)',
  },
  holdfast_unsettled_nodes: {
    type: 'gauge',
    unit: 'nodes',
    labels: [],
    help: 'Nodes that still have to be demoted or re-pointed after the last switchover',
  },
  holdfast_diverged_total: {
    type: 'counter',
    unit: 'nodes',
    labels: ['node'],
    help: 'How often a former master had writes that the master had not; they are lost, or it is kept out',
  },
  holdfast_epoch: {
    type: 'gauge',
    unit: '1',
    labels: [],
    help: 'Number of the last switchover that got as far as writing its intent',
  },
  holdfast_alarm: {
    type: 'gauge',
    unit: '1',
    labels: ['alarm'],
    help: '1 while the alarm asks for a human',
  },
  holdfast_event_loop_busy_seconds_total: {
    type: 'counter',
    unit: 'seconds',
    labels: ['worker'],
    help: 'Time in which the event loop had work; a rate near 1 means that the one core it can use is used up',
  },
  holdfast_gc_pause_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: ['kind', 'worker'],
    help: 'How long each garbage collection stopped everything: minor, major, incremental, weakcb',
    buckets: STALL_BUCKETS_SECONDS,
  },
  holdfast_build_info: {
    type: 'gauge',
    unit: '1',
    labels: ['version', 'node_version', 'commit'],
    help: 'Always 1; the labels say what runs',
  },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;

/** Those that each process has for itself; `worker` is empty for the process that was started. */
export const PROCESS_METRICS = [
  'holdfast_event_loop_busy_seconds_total',
  'holdfast_gc_pause_seconds',
] as const satisfies readonly MetricName[];

/** The names of the metrics of one type. */
export type MetricNameOf<Type extends MetricSpec['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];
