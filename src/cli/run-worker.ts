import { Socket } from 'node:net';
import { StreamChannel } from '../fleet/channel.js';
import { Member } from '../fleet/member.js';
import { CHANNEL_FD, type HandedConnection, type Welcome } from '../fleet/worker-link.js';
import { createLogger } from '../log/create-logger.js';
import { Refusals } from '../log/refusals.js';
import { PROCESS_METRICS } from '../metrics/metric-table.js';
import { MetricSet } from '../metrics/metric-set.js';
import { watchIdleClients } from '../proxy/client/idle-clients.js';
import { Admission } from '../proxy/entrance/admission.js';
import { Traffic } from '../proxy/traffic.js';
import { Certificates } from '../tls/certificates.js';
import { tlsTo } from '../tls/node-tls.js';
import { servingFiles } from '../tls/tls-settings.js';
import { makeShard } from './make-shard.js';
import { applicationTls } from './serve-tls.js';

/** The coordinator alone decides when a worker ends; a terminal, or systemd, tells all processes at once. */
const NOT_FOR_WORKERS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * The composition root of a worker process: the data path, and nothing that controls servers.
 *
 * 1. The coordinator's first message brings the settings.
 * 2. From then on it says over the channel what is to be done, and hands over connections.
 * 3. The channel closes: the coordinator is gone, or has no use for this process any more. It ends at once. To go on would
 *    mean to serve a master that nobody watches any more.
 */
export function runWorker(): void {
  for (const signal of NOT_FOR_WORKERS) process.on(signal, () => undefined);
  process.once('message', begin);
}

function begin({ config, worker }: Welcome): void {
  const metrics = new MetricSet(PROCESS_METRICS, { worker: String(worker) });
  const log = createLogger({ level: config.logLevel, format: config.logFormat, output: 1 });
  const certificates = Certificates.open(servingFiles(config), log);
  certificates.watch();
  const refusals = new Refusals(log, () => performance.now());
  const shard = makeShard(config, config.nodeTls ? tlsTo(certificates, config.nodeTlsServerName) : null, log);
  const admission = new Admission(shard, {
    tls: applicationTls(config, certificates),
    proxyProtocolFrom: config.proxyProtocolFrom,
    handshakeTimeoutMs: config.handshakeTimeoutMs,
    refusals,
  });
  const receptions = config.listen.map((address) => admission.receptionFor(address));
  watchIdleClients(shard, config.clientIdleTimeoutMs);

  const member = new Member(new StreamChannel(new Socket({ fd: CHANNEL_FD })), {
    shard,
    traffic: new Traffic(shard),
    admission,
    refusals,
    metrics: async () => (await metrics.render()).body,
    reload: () => void certificates.reload(),
    over: () => process.exit(0),
  });
  process.on('message', ({ id, door }: HandedConnection, socket?: Socket) => {
    member.took(id);
    const reception = receptions[door];
    if (socket === undefined || reception === undefined) {
      member.left();
      return;
    }
    // As the coordinator's listener would have made it.
    socket.allowHalfOpen = true;
    reception.receive(socket, id, () => member.left());
  });
}
