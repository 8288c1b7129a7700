import { join } from 'node:path';
import type { Config } from '../config/settings.js';
import type { ControlNode } from '../control/control-node.js';
import { PriorityLoan } from '../control/sentinel/priority-loan.js';
import { SentinelLink } from '../control/sentinel/sentinel-link.js';
import { SentinelWatch } from '../control/sentinel/sentinel-watch.js';
import type { NodeSet } from '../control/strategies/node-set.js';
import { SentinelStrategy } from '../control/strategies/sentinel.js';
import { systemClock } from '../control/system-clock.js';
import type { Logger } from '../log/logger.js';
import type { TlsTo } from '../tls/node-tls.js';

/** What is plugged together for `topology: sentinel`. Sentinels are reached as the nodes are: with TLS, or without. */
export function makeSentinelStrategy(config: Config, nodes: NodeSet<ControlNode>, tlsTo: TlsTo | null, log: Logger) {
  const { sentinels, sentinelMaster, sentinelUsername, sentinelPassword, commandTimeoutMs } = config;
  const access = {
    sentinels,
    masterName: sentinelMaster ?? '',
    nodes: config.nodes,
    credentials: {
      ...(sentinelUsername === null ? {} : { username: sentinelUsername }),
      ...(sentinelPassword === null ? {} : { password: sentinelPassword }),
      ...(tlsTo === null ? {} : { tlsTo }),
    },
  };
  const source = new SentinelWatch({ ...access, clock: systemClock, log, timeoutMs: config.connectTimeoutMs });
  const links = sentinels.map((sentinel) => new SentinelLink(sentinel, access));
  const loan = new PriorityLoan({
    node: (id) => (config.nodes.includes(id) ? nodes.get(id) : undefined),
    path: join(config.stateDir, 'sentinel-priority.json'),
    clock: systemClock,
    log,
    timeoutMs: commandTimeoutMs,
  });
  const strategy = new SentinelStrategy({
    nodes,
    sentinels: links,
    loan,
    clock: systemClock,
    timeoutMs: commandTimeoutMs,
    onPromoted: (own) => source.promoted(own),
  });
  return {
    strategy,
    source,
    start: () => void loan.recover(),
    stop() {
      loan.stop();
      for (const link of links) link.close();
    },
  };
}
