import type { Config } from '../config/settings.js';
import type { ControlNode } from '../control/control-node.js';
import { DirectStrategy } from '../control/strategies/direct.js';
import { NodeSet } from '../control/strategies/node-set.js';
import type { TopologySource } from '../control/topology-source.js';
import type { SwitchStrategy } from '../switchover/strategy.js';

/** Who changes the roles, and who is believed about them. */
export interface Topology {
  readonly strategy: SwitchStrategy;
  /** Null: the nodes are all there is to ask. */
  readonly source: TopologySource | null;
  /** Ends the connections that are its own. */
  close(): void;
}

/** Builds what the setting `topology` names. */
export function openTopology(config: Config, nodes: readonly ControlNode[]): Topology {
  const set = new NodeSet(nodes);
  switch (config.topology) {
    case 'direct':
      return { strategy: new DirectStrategy(set), source: null, close: () => undefined };
    default:
      throw new Error(`topology ${config.topology} is not there yet`);
  }
}
