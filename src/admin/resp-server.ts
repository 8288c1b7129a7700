import { type Server, type Socket, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { performance } from 'node:perf_hooks';
import type { ListenAddress } from '../config/listen-address.js';
import { formatNodeId } from '../config/node-address.js';
import type { Logger } from '../log/logger.js';
import { superviseTlsServer, tlsServerOptions, type SupervisedTls } from '../tls/tls-server.js';
import { AdminConnection } from './admin-connection.js';
import { type AdminLimits, DEFAULT_ADMIN_LIMITS } from './admin-limits.js';
import type { AdminSession } from './admin-session.js';
import type { BuildInfo } from './build-info.js';
import { ADMIN_COMMANDS } from './commands/admin-commands.js';
import type { AdminContext } from './commands/command.js';
import type { ConfigView } from './config-view.js';
import { Credentials } from './credentials.js';
import { listen } from './listen.js';
import type { AdminPorts } from './ports.js';
import type { RunningServer } from './running-server.js';

/** What {@link startAdminServer} needs. */
export interface AdminServerOptions {
  readonly listen: ListenAddress;
  /** Wanted by a `tls://` address. */
  readonly tls?: SupervisedTls;
  /** Absent or empty: no AUTH. */
  readonly password?: string;
  readonly ports: AdminPorts;
  /** What CONFIG GET shows. */
  readonly configView: ConfigView;
  readonly log: Logger;
  readonly build: BuildInfo;
  readonly limits?: AdminLimits;
}

/**
 * Starts the admin port: commands over RESP2 and RESP3, for redis-cli and for any Redis client.
 * Rejects with the system's error when it can not listen.
 */
export async function startAdminServer(options: AdminServerOptions): Promise<RunningServer> {
  const limits = options.limits ?? DEFAULT_ADMIN_LIMITS;
  const context: AdminContext = {
    ports: options.ports,
    config: options.configView,
    build: options.build,
    log: options.log,
    credentials: new Credentials(options.password),
    commands: ADMIN_COMMANDS,
    now: () => performance.now(),
  };
  const connections = new Set<AdminConnection>();
  let lastId = 0;
  const accept = (socket: Socket): void => {
    if (socket.destroyed) return;
    if (connections.size >= limits.maxConnections) {
      socket.on('error', () => undefined);
      socket.end('-ERR max number of clients reached\r\n');
      // Without a reader the other side could keep the socket half open for ever.
      socket.destroySoon();
      return;
    }
    const session = newSession(++lastId, socket, context);
    const connection = new AdminConnection(socket, session, context, limits);
    connections.add(connection);
    void connection.closed.then(() => connections.delete(connection));
  };
  const server = makeServer(options.tls, accept);
  const address = await listen(server, options.listen);
  options.log.info({ address }, 'the admin port listens');
  return { address, close: () => closeServer(server, connections, limits.closeTimeoutMs) };
}

function makeServer(tls: SupervisedTls | undefined, accept: (socket: Socket) => void): Server {
  const tcp = { noDelay: true, keepAlive: true };
  if (tls === undefined) return createServer(tcp, accept);
  const server = createTlsServer({ ...tcp, ...tlsServerOptions(tls) });
  superviseTlsServer(server, tls, tls.onRefused);
  return server.on('secureConnection', accept);
}

function newSession(id: number, socket: Socket, context: AdminContext): AdminSession {
  return {
    id,
    addr: formatNodeId(socket.remoteAddress ?? 'unix', socket.remotePort ?? 0),
    laddr: formatNodeId(socket.localAddress ?? 'unix', socket.localPort ?? 0),
    connectedAtMs: context.now(),
    resp: 2,
    authenticated: !context.credentials.required,
    name: '',
    libName: '',
    libVer: '',
    closing: false,
  };
}

/** Lets commands that are being carried out be answered, within bounds. */
async function closeServer(
  server: Server,
  connections: ReadonlySet<AdminConnection>,
  timeoutMs: number,
): Promise<void> {
  const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const connection of connections) connection.close();
  const deadline = setTimeout(() => {
    for (const connection of connections) connection.destroy();
  }, timeoutMs);
  await Promise.all([...connections].map((connection) => connection.closed));
  clearTimeout(deadline);
  await stopped;
}
