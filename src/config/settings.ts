import {
  choice,
  integer,
  integerOrAuto,
  listenAddress,
  listenAddresses,
  milliseconds,
  nodeIds,
  optionalPath,
  optionalText,
  path,
} from './kinds.js';
import { setting, type Setting } from './setting.js';
import { ANNOUNCE_SETTING_TABLE } from './announce-settings.js';
import { CLIENT_SETTING_TABLE } from './client-settings.js';
import { CONTROLLER_SETTING_TABLE } from './controller-settings.js';
import { FAILOVER_SETTING_TABLE } from './failover-settings.js';
import { SENTINEL_SETTING_TABLE } from './sentinel-settings.js';
import { SWITCHOVER_SETTING_TABLE } from './switchover-settings.js';
import { TLS_SETTING_TABLE } from './tls-settings.js';
import { TOPOLOGY_SETTING_TABLE } from './topology-settings.js';

/**
 * Every setting of Holdfast, by its name in the code. This table drives the schema, the flags, the environment,
 * `check-config`, CONFIG GET and the table in the README (a test keeps that equal).
 */
export const SETTINGS = {
  listen: setting({
    name: 'listen',
    kind: listenAddresses(),
    default: [{ kind: 'tcp', host: '127.0.0.1', port: 6380 }],
    description: 'Where applications connect; may be repeated',
    reason: 'loopback: whoever wants the network in has to say so; 6379 belongs to the server',
  }),
  nodes: setting({
    name: 'node',
    kind: nodeIds(),
    description: 'A server of the shard; repeated for each. Which one is the master is found out',
    reason: '',
  }),
  ...TOPOLOGY_SETTING_TABLE,
  ...CONTROLLER_SETTING_TABLE,
  ...SENTINEL_SETTING_TABLE,
  ...ANNOUNCE_SETTING_TABLE,
  nodeUsername: setting({
    name: 'node_username',
    kind: optionalText('name'),
    default: null,
    description: 'ACL user with which Holdfast controls the nodes',
    reason: "the servers' default user",
  }),
  nodePassword: setting({
    name: 'node_password',
    kind: optionalText('password'),
    default: null,
    secret: true,
    description: 'Its password (applications bring their own)',
    reason: '',
  }),
  nodePasswordFile: setting({
    name: 'node_password_file',
    kind: optionalPath('path'),
    default: null,
    description: 'A file that holds `node_password`, for mounted secrets',
    reason: '',
  }),
  admin: setting({
    name: 'admin',
    kind: listenAddress(),
    default: { kind: 'tcp', host: '127.0.0.1', port: 6381 },
    description: 'Where admin commands are given, over RESP',
    reason: 'who reaches it can move the master: anything but loopback wants `admin_password`',
  }),
  adminPassword: setting({
    name: 'admin_password',
    kind: optionalText('password'),
    default: null,
    secret: true,
    description: 'What AUTH on the admin port asks for',
    reason: '',
  }),
  adminPasswordFile: setting({
    name: 'admin_password_file',
    kind: optionalPath('path'),
    default: null,
    description: 'A file that holds `admin_password`, for mounted secrets',
    reason: '',
  }),
  http: setting({
    name: 'http',
    kind: listenAddress(),
    default: { kind: 'tcp', host: '127.0.0.1', port: 6382 },
    description: 'Where metrics, health and the status page are served',
    reason: 'loopback, as above; it shows figures and changes nothing',
  }),
  ...TLS_SETTING_TABLE,
  stateDir: setting({
    name: 'state_dir',
    kind: path('directory'),
    default: '/var/lib/holdfast',
    description: 'Where the epoch, an unfinished switch and the history are kept',
    reason: 'one fixed place: a state that moved with the working directory would forget an unfinished switch',
  }),
  ...SWITCHOVER_SETTING_TABLE,
  connectTimeoutMs: setting({
    name: 'connect_timeout_ms',
    kind: milliseconds(1, 60_000),
    default: 1000,
    description: 'Time for one connection to a node to be opened and authenticated',
    reason: 'one lost SYN is sent again after a second; clients commonly give up after five',
  }),
  probeIntervalMs: setting({
    name: 'probe_interval_ms',
    kind: milliseconds(10, 60_000),
    default: 500,
    description: 'How often each node is asked for its role',
    reason: 'two readings a second cost a server nothing, and a role that changed is seen before clients time out',
  }),
  ...FAILOVER_SETTING_TABLE,
  outageHoldMs: setting({
    name: 'outage_hold_ms',
    kind: milliseconds(0, 600_000),
    default: 5000,
    description: 'How long commands wait for a master when none is known; then MASTERDOWN is answered',
    reason: 'an unplanned failover takes seconds, and many clients time out at 5 s: waiting longer helps nobody',
  }),
  drainOnShutdownMs: setting({
    name: 'drain_on_shutdown_ms',
    kind: milliseconds(0, 600_000),
    default: 5000,
    description: 'On SIGTERM, how long replies in flight are waited for',
    reason: 'well below the 30 s after which Kubernetes kills a pod',
  }),
  maxClients: setting({
    name: 'max_clients',
    kind: integer({ min: 1, max: 1_000_000, unit: 'clients' }),
    default: 10_000,
    description: 'Application connections; one more is answered with an error and closed',
    reason: "Redis' own `maxclients`",
  }),
  workers: setting({
    name: 'workers',
    kind: integer({ min: 1, max: 64, unit: 'processes' }),
    default: 1,
    description: 'Processes that share the connections of applications; one switchover moves all of them',
    reason:
      'one core carries what a shard can take in most places; each further one has lanes to the servers of its own',
  }),
  lanes: setting({
    name: 'lanes',
    kind: integerOrAuto({ min: 1, max: 64, unit: 'connections' }),
    default: 'auto',
    description:
      'Connections that clients with the same credentials, RESP version and database share; `auto` is 1 on Redis and Valkey, 8 on Kvrocks',
    reason:
      'on a server with one thread, one batches best; Kvrocks has 8 threads (`workers`), and a slow command holds up those who share its connection',
  }),
  maxBufferedBytes: setting({
    name: 'max_buffered_bytes',
    kind: integer({ min: 16 * 1024 * 1024, max: 1024 ** 4, unit: 'bytes' }),
    default: 512 * 1024 * 1024,
    description:
      'What all clients together may keep waiting in memory: requests that are held, replies that are not taken, transactions. ' +
      'From three quarters on, clients that do not read are not read; beyond, those that keep the most are disconnected',
    reason: 'room for 50 KB of each of 10,000 clients, within the memory that a small container has',
  }),
  ...CLIENT_SETTING_TABLE,
  protoMaxBulkLen: setting({
    name: 'proto_max_bulk_len',
    kind: integer({ min: 1024, max: 4_294_967_296, unit: 'bytes' }),
    default: 512 * 1024 * 1024,
    description: 'The longest single argument; set it as on the servers',
    reason: "Redis' own `proto-max-bulk-len`",
  }),
  logLevel: setting({
    name: 'log_level',
    kind: choice(['debug', 'info', 'warn', 'error']),
    default: 'info',
    description: 'What is logged',
    reason: 'each change of state once; nothing per command',
  }),
  logFormat: setting({
    name: 'log_format',
    kind: choice(['auto', 'json', 'pretty']),
    default: 'auto',
    description: 'JSON lines, or text for people; `auto` is text on a terminal and JSON elsewhere',
    reason: '',
  }),
} as const;

export type ConfigKey = keyof typeof SETTINGS;
export const CONFIG_KEYS = Object.keys(SETTINGS) as readonly ConfigKey[];

/** The configuration: parsed once, frozen, complete. */
export type Config = { readonly [K in ConfigKey]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };
