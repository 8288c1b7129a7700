import type { NodeView, TopologyView } from './ports.js';

/** The master that is served, as the monitor last saw it. */
export function masterView(topology: TopologyView): NodeView | null {
  const master = topology.master();
  return topology.nodes().find((node) => node.node === master) ?? null;
}

/** The replicas that answer, as a master would list them. */
export function connectedReplicas(topology: TopologyView): readonly NodeView[] {
  return topology.nodes().filter((node) => node.up && node.role === 'replica');
}
