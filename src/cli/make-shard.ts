import type { Config } from '../config/settings.js';
import type { Logger } from '../log/logger.js';
import { LANE_IDLE_MS } from '../proxy/access/lane-care.js';
import { Announcement } from '../proxy/announce/announcement.js';
import { Shard } from '../proxy/shard.js';
import type { TlsTo } from '../tls/node-tls.js';

/** What all clients of this process share. */
export function makeShard(config: Config, tlsTo: TlsTo | null, log: Logger): Shard {
  const { nodeUsername, nodePassword, announce } = config;
  const auth = [nodeUsername, nodePassword].flatMap((part) => (part === null ? [] : [Buffer.from(part)]));
  return new Shard({
    connectTimeoutMs: config.connectTimeoutMs,
    outageHoldMs: config.outageHoldMs,
    maxRequestBytes: config.protoMaxBulkLen,
    maxBufferedBytes: Math.floor(config.maxBufferedBytes / config.workers),
    clientOutputLimit: config.clientOutputLimit,
    nodes: config.nodes,
    nodeAuth: auth.length === 0 ? null : auth,
    tlsTo,
    clusterMode: config.topology === 'redis-cluster' || config.topology === 'kvrocks-controller',
    announcement: announce === null ? null : new Announcement(announce, config.nodes, config.announceNodes),
    lanes: config.lanes,
    laneIdleMs: LANE_IDLE_MS,
    now: () => performance.now(),
    log,
  });
}
