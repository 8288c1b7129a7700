import { randomUUID } from 'node:crypto';
import { startHttpServer } from '../admin/http-server.js';
import { MetricsCollector } from '../admin/metrics-collector.js';
import { startAdminServer } from '../admin/resp-server.js';
import type { AdminPorts } from '../admin/ports.js';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.js';
import { failoverAdvice } from '../config/failover-rules.js';
import { settingsByName } from '../config/render.js';
import type { NodeId } from '../config/node-address.js';
import type { Config } from '../config/settings.js';
import { ControlNode } from '../control/control-node.js';
import { StateDirectoryError, StateFile } from '../control/state-file.js';
import { StateLock } from '../control/state-lock.js';
import { systemClock } from '../control/system-clock.js';
import { TopologyMonitor } from '../control/topology-monitor.js';
import { Turns } from '../control/turns.js';
import type { Logger } from '../log/logger.js';
import { Refusals } from '../log/refusals.js';
import { SwitchoverService } from '../switchover/service.js';
import { Certificates } from '../tls/certificates.js';
import { tlsTo } from '../tls/node-tls.js';
import { TlsFileError } from '../tls/tls-files.js';
import { servingFiles } from '../tls/tls-settings.js';
import { AlarmWatch } from './alarm-watch.js';
import { ExitCode } from './exit-code.js';
import { FailoverWatch } from './failover-watch.js';
import { openFront } from './front.js';
import { GateWatch } from './gate-watch.js';
import { makeStrategy } from './make-strategy.js';
import { MasterWatch } from './master-watch.js';
import { adminTls, doorsView, httpTls } from './serve-tls.js';
import { onHangUp, untilStopped } from './stop-signals.js';

/**
 * The composition root: plugs everything together and runs until SIGTERM or SIGINT.
 *
 * 1. The state directory and the TLS files, so that nothing starts that could not remember a switch, or not be trusted.
 * 2. The traffic (closed: no master is known yet), the control connections, the switchover.
 * 3. The listeners. Clients may come now; what they ask waits for a master.
 * 4. The monitor finds the master, and the traffic flows.
 * 5. At the end: no new clients, a running switch comes to its end, what is in flight is answered, everything closes.
 *
 * @returns the exit status.
 */
export async function serve(config: Config, version: string, logger: Logger): Promise<number> {
  let lock: StateLock | null = null;
  let store: StateFile;
  let certificates: Certificates;
  try {
    certificates = Certificates.open(servingFiles(config), logger);
    lock = await StateLock.take(config.stateDir);
    store = await StateFile.open(config.stateDir);
  } catch (error) {
    await lock?.release();
    if (!(error instanceof StateDirectoryError || error instanceof TlsFileError)) throw error;
    for (const problem of error instanceof TlsFileError ? error.problems : [error.message]) logger.error({}, problem);
    return ExitCode.Usage;
  }
  certificates.watch();
  const refusals = new Refusals(logger, () => performance.now());
  const toNodes = config.nodeTls ? tlsTo(certificates, config.nodeTlsServerName) : null;
  const front = openFront({ config, certificates, toNodes, refusals, log: logger });
  const { traffic } = front;
  onHangUp(() => {
    void certificates.reload();
    front.reload();
  });
  const build = { version };
  const metrics = new MetricsCollector(build);
  const credentials = { ...credentialsOf(config), ...(toNodes === null ? {} : { tlsTo: toNodes }) };
  const turns = new Turns();
  const newNode = (node: NodeId) => new ControlNode(node, credentials, turns);
  const controlNodes = () => config.nodes.map(newNode);
  const switchNodes = controlNodes();
  const watchNodes = controlNodes();
  const { strategy, source, ...roles } = makeStrategy({
    config,
    nodes: switchNodes,
    newNode,
    tlsTo: toNodes,
    log: logger,
  });
  const switchover = new SwitchoverService({
    nodes: switchNodes,
    strategy,
    dataPath: front.dataPath,
    store,
    clock: systemClock,
    log: logger,
    settings: config,
    observer: metrics,
    newId: randomUUID,
  });
  const watch = new MasterWatch(switchover, front.served, logger);
  const topology = new TopologyMonitor({
    source,
    nodes: watchNodes,
    listener: watch,
    clock: systemClock,
    log: logger,
    intervalMs: config.probeIntervalMs,
    timeoutMs: config.connectTimeoutMs,
  });
  front.lookAtRoles = () => watch.look();
  const failover = config.autoFailover
    ? new FailoverWatch({
        switchover,
        seen: watch,
        clock: systemClock,
        log: logger,
        downAfterMs: config.downAfterMs,
        // Whoever stood still for as long has not heard any answer in time.
        lateMs: config.connectTimeoutMs,
      })
    : null;
  const gate = new GateWatch(traffic, config, systemClock, logger);
  const doors = doorsView(certificates, front);
  const ports: AdminPorts = { switchover, traffic, topology: watch, gate, doors, failover };
  metrics.watch(ports);
  const alarms = new AlarmWatch(ports, systemClock, logger);
  const advice = failoverAdvice(config);
  if (advice !== '') logger.warn({}, advice);

  let listening = true;
  const closers: (() => Promise<void>)[] = [];
  const started = await listenOn(logger, async (on) => {
    for (const [door, address] of config.listen.entries()) {
      const bound = await on(address, () => front.listen(door));
      logger.info({ address: bound }, 'applications can connect');
    }
    const password = config.adminPassword ?? '';
    const configView = settingsByName(config);
    const admin = await on(config.admin, () =>
      startAdminServer({
        listen: config.admin,
        ...adminTls(config, certificates, refusals),
        password,
        ports,
        configView,
        log: logger,
        build,
      }),
    );
    closers.push(() => admin.close());
    const http = await on(config.http, () =>
      startHttpServer({
        listen: config.http,
        ...httpTls(config, certificates, refusals),
        ports,
        metrics,
        build,
        log: logger,
        isListening: () => listening,
      }),
    );
    closers.push(() => http.close());
  });
  if (started) {
    watch.start(topology);
    failover?.start();
    switchover.watchStore();
    gate.start();
    alarms.start();
    roles.start();
    await untilStopped(logger);
  }

  failover?.stop();
  listening = false;
  front.stop();
  await traffic.releaseByHand();
  if (started) await switchover.shutdown();
  await front.drain(started ? config.drainOnShutdownMs : 0);
  topology.stop();
  roles.stop();
  gate.stop();
  alarms.stop();
  certificates.stop();
  for (const node of switchNodes) node.close();
  await front.close();
  await Promise.all(closers.map((close) => close()));
  await lock.release();
  if (started) logger.info({}, 'stopped');
  return started ? ExitCode.Ok : ExitCode.Usage;
}

function credentialsOf({ nodeUsername, nodePassword }: Config): { username?: string; password?: string } {
  return {
    ...(nodeUsername === null ? {} : { username: nodeUsername }),
    ...(nodePassword === null ? {} : { password: nodePassword }),
  };
}

/** Opens listeners; one that can not be opened is one clear line. @returns whether all are open. */
async function listenOn(
  log: Logger,
  open: (on: <T>(address: ListenAddress, listen: () => Promise<T>) => Promise<T>) => Promise<void>,
): Promise<boolean> {
  let at = '';
  try {
    await open((address, listen) => {
      at = formatListenAddress(address);
      return listen();
    });
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'EADDRINUSE' ? 'the address is in use' : String(error instanceof Error ? error.message : error);
    log.error({ address: at }, `can not listen on ${at}: ${why}`);
    return false;
  }
}
