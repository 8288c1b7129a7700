import type { DoorsView, TrafficView } from '../admin/ports.js';
import type { Config } from '../config/settings.js';
import { addRefused } from '../fleet/figures.js';
import { WorkerPool } from '../fleet/worker-pool.js';
import type { Logger } from '../log/logger.js';
import type { Refusals } from '../log/refusals.js';
import { watchIdleClients } from '../proxy/client/idle-clients.js';
import { Listener } from '../proxy/entrance/listener.js';
import { Traffic } from '../proxy/traffic.js';
import type { DataPath } from '../switchover/ports.js';
import type { Certificates } from '../tls/certificates.js';
import type { TlsTo } from '../tls/node-tls.js';
import { makeShard } from './make-shard.js';
import type { MasterServed } from './master-watch.js';
import { applicationTls } from './serve-tls.js';

/** What applications connect to: the data path, in this process or in several. */
export interface Front {
  readonly dataPath: DataPath;
  readonly traffic: TrafficView;
  readonly served: MasterServed;
  /** Who asks all nodes for their roles, when the data path has reason to doubt what it knows. Settles when the answers count. */
  set lookAtRoles(look: () => Promise<void>);
  /** Opens address number `door` of `listen`. @returns the address in use. Rejects with the system's error. */
  listen(door: number): Promise<string>;
  /** No new connections; those that are there go on. */
  stop(): void;
  /** Ends every connection: idle ones at once, busy ones when they have their replies, all after `graceMs`. */
  drain(graceMs: number): Promise<void>;
  close(): Promise<void>;
  /** The TLS files may have changed. */
  reload(): void;
  /** Connections that ended before their first request. */
  refused: DoorsView['refused'];
}

export interface FrontParts {
  readonly config: Config;
  readonly certificates: Certificates;
  /** How the nodes are reached; null: in plain text. */
  readonly toNodes: TlsTo | null;
  readonly refusals: Refusals;
  readonly log: Logger;
}

export function openFront(parts: FrontParts): Front {
  return parts.config.workers === 1 ? ownFront(parts) : workersFront(parts);
}

function ownFront({ config, certificates, toNodes, refusals, log }: FrontParts): Front {
  const shard = makeShard(config, toNodes, log);
  const { maxClients, handshakeTimeoutMs, proxyProtocolFrom, listen } = config;
  const tls = applicationTls(config, certificates);
  const listener = new Listener(shard, { maxClients, tls, proxyProtocolFrom, handshakeTimeoutMs, refusals, log });
  const endIdleWatch = watchIdleClients(shard, config.clientIdleTimeoutMs);
  const traffic = new Traffic(shard);
  return {
    dataPath: traffic,
    traffic,
    served: shard,
    set lookAtRoles(look: () => Promise<void>) {
      shard.lookAtRoles = look;
    },
    listen: (door) => listener.listen(addressOf(listen, door)),
    stop: () => listener.stop(),
    drain: (graceMs) => listener.drain(graceMs),
    close: () => {
      endIdleWatch();
      shard.destroy();
      return Promise.resolve();
    },
    reload: () => undefined,
    refused: () => refusals.counts(),
  };
}

function workersFront({ config, refusals, log }: FrontParts): Front {
  const now = (): number => performance.now();
  const pool = new WorkerPool(config, log, now);
  return {
    dataPath: pool.fleet,
    traffic: pool.view,
    served: pool.fleet,
    set lookAtRoles(look: () => Promise<void>) {
      pool.lookAtRoles = look;
    },
    listen: (door) => pool.listen(door),
    stop: () => pool.stop(),
    drain: (graceMs) => pool.drain(graceMs),
    close: () => pool.close(),
    reload: () => pool.reload(),
    refused: () => addRefused(refusals.counts(), pool.view.figures().refused),
  };
}

function addressOf<T>(addresses: readonly T[], door: number): T {
  const address = addresses[door];
  if (address === undefined) throw new RangeError(`there is no address ${door}`);
  return address;
}
