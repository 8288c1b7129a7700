import type { NodeId } from '../config/node-address.js';
import type { Config } from '../config/settings.js';
import type { ControlNode } from '../control/control-node.js';
import { ControllerClient } from '../control/controller/controller-client.js';
import { ControllerSource } from '../control/controller/controller-source.js';
import { KvrocksClusterSource } from '../control/kvrocks-cluster/cluster-source.js';
import { TopologyKeeper } from '../control/kvrocks-cluster/topology-keeper.js';
import { AlignedPromotion } from '../control/kvrocks-tick/aligned-promotion.js';
import { ClusterWatch } from '../control/redis-cluster/cluster-watch.js';
import { Elections } from '../control/redis-cluster/elections.js';
import { DirectStrategy } from '../control/strategies/direct.js';
import { KvrocksClusterStrategy } from '../control/strategies/kvrocks-cluster.js';
import { KvrocksControllerStrategy } from '../control/strategies/kvrocks-controller.js';
import { RedisClusterStrategy } from '../control/strategies/redis-cluster.js';
import { NodeSet } from '../control/strategies/node-set.js';
import { systemClock } from '../control/system-clock.js';
import type { TopologySource } from '../control/topology-source.js';
import type { Logger } from '../log/logger.js';
import type { SwitchStrategy } from '../switchover/strategy.js';
import type { TlsTo } from '../tls/node-tls.js';
import { makeSentinelStrategy } from './make-sentinel-strategy.js';

/** What a strategy is made of. */
export interface StrategyParts {
  readonly config: Config;
  /** The nodes of the shard, as the switch speaks to them. */
  readonly nodes: readonly ControlNode[];
  /** Another control connection, to any node. */
  readonly newNode: (address: NodeId) => ControlNode;
  /** How the nodes are reached; null: in plain text. */
  readonly tlsTo: TlsTo | null;
  readonly log: Logger;
}

/** A strategy, and what it does beside the switches. */
export interface RunningStrategy {
  readonly strategy: SwitchStrategy;
  /** Whoever owns the roles, as the monitor hears him, which starts and stops it; null: the nodes are believed. */
  readonly source: TopologySource | null;
  readonly start: () => void;
  readonly stop: () => void;
}

const nothing = (): void => undefined;

/** The strategy that `topology` names. */
export function makeStrategy(parts: StrategyParts): RunningStrategy {
  const set = new NodeSet(parts.nodes);
  switch (parts.config.topology) {
    case 'kvrocks-cluster':
      return makeKvrocksCluster(parts);
    case 'kvrocks-controller':
      return makeKvrocksController(parts);
    case 'sentinel':
      return makeSentinelStrategy(parts.config, set, parts.tlsTo, parts.log);
    case 'redis-cluster':
      return makeRedisCluster(parts);
    case 'direct':
      return {
        strategy: new DirectStrategy(set, alignedPromotion(parts)),
        source: null,
        start: nothing,
        stop: nothing,
      };
  }
}

/** Null where promotions of Kvrocks are not to be aligned to its ticks. */
function alignedPromotion({ config }: StrategyParts): AlignedPromotion | null {
  return config.alignPromotion ? new AlignedPromotion(systemClock) : null;
}

function makeKvrocksCluster(parts: StrategyParts): RunningStrategy {
  const { config, nodes, newNode, log } = parts;
  const own = config.nodes.map(newNode);
  const keeper = new TopologyKeeper({
    nodes: own,
    dial: newNode,
    clock: systemClock,
    log,
    timeoutMs: config.commandTimeoutMs,
  });
  const stop = (): void => {
    keeper.stop();
    for (const node of own) node.close();
  };
  const strategy = new KvrocksClusterStrategy(new NodeSet(nodes), keeper, alignedPromotion(parts));
  return { strategy, source: new KvrocksClusterSource(own), start: () => keeper.start(), stop };
}

function makeKvrocksController({ config, nodes }: StrategyParts): RunningStrategy {
  const client = new ControllerClient({
    endpoints: config.controllers,
    namespace: config.controllerNamespace ?? '',
    cluster: config.controllerCluster ?? '',
  });
  const options = {
    force_on_timeout: config.forceOnTimeout,
    sync_timeout_ms: config.syncTimeoutMs,
    pause_timeout_ms: config.pauseTimeoutMs,
  };
  const strategy = new KvrocksControllerStrategy(new NodeSet(nodes), client, options);
  const source = new ControllerSource(client, config.nodes);
  return { strategy, source, start: nothing, stop: () => client.close() };
}

function makeRedisCluster({ config, nodes, newNode }: StrategyParts): RunningStrategy {
  const elections = new Elections();
  const source = new ClusterWatch(config.nodes.map(newNode), elections, systemClock);
  const strategy = new RedisClusterStrategy(new NodeSet(nodes), newNode, elections, systemClock);
  return { strategy, source, start: nothing, stop: nothing };
}
