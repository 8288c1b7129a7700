import type { NodeId } from '../config/node-address.js';
import type { Config } from '../config/settings.js';
import type { ControlNode } from '../control/control-node.js';
import { TopologyKeeper } from '../control/kvrocks-cluster/topology-keeper.js';
import { DirectStrategy } from '../control/strategies/direct.js';
import { KvrocksClusterStrategy } from '../control/strategies/kvrocks-cluster.js';
import { NodeSet } from '../control/strategies/node-set.js';
import { systemClock } from '../control/system-clock.js';
import type { TopologySource } from '../control/topology-source.js';
import type { Logger } from '../log/logger.js';
import type { SwitchStrategy } from '../switchover/strategy.js';

/** What a strategy is made of. */
export interface StrategyParts {
  readonly config: Config;
  /** The nodes of the shard, as the switch speaks to them. */
  readonly nodes: readonly ControlNode[];
  /** Another control connection, to any node. */
  readonly newNode: (address: NodeId) => ControlNode;
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

/** The strategy that `topology` names. */
export function makeStrategy({ config, nodes, newNode, log }: StrategyParts): RunningStrategy {
  const set = new NodeSet(nodes);
  switch (config.topology) {
    case 'kvrocks-cluster': {
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
      return { strategy: new KvrocksClusterStrategy(set, keeper), source: null, start: () => keeper.start(), stop };
    }
    case 'direct':
    case 'kvrocks-controller':
    case 'sentinel':
    case 'redis-cluster':
      return { strategy: new DirectStrategy(set), source: null, start: () => undefined, stop: () => undefined };
  }
}
