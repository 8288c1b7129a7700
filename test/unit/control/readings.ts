import type { NodeReading } from '../../../src/control/decide-master.js';
import type { NodeFacts } from '../../../src/switchover/ports.js';

const FACTS = {
  engine: 'redis',
  version: '7.0.15',
  runId: 'run',
  replId: 'stream',
  loading: false,
  priority: 100,
  clusterEnabled: false,
  canPause: true,
  replicas: [],
  roundTripMs: 1,
} as const;

interface ReplicaState {
  readonly linkUp?: boolean;
  readonly syncing?: boolean;
  readonly loading?: boolean;
  readonly replId?: string;
  readonly offset?: number;
}

export function masterFacts(node: string, more: Partial<NodeFacts> = {}): NodeFacts {
  return { ...FACTS, node, role: 'master', offset: 1000, ...more };
}

export function replicaFacts(node: string, follows: string, state: ReplicaState = {}): NodeFacts {
  const { linkUp = true, syncing = false, ...more } = state;
  return { ...FACTS, node, role: 'replica', offset: 990, follows: { node: follows, linkUp, syncing }, ...more };
}

export function master(node: string, more: Partial<NodeFacts> = {}): NodeReading {
  return { node, facts: masterFacts(node, more), silent: false, error: '', cameBackAsMaster: false };
}

export function replica(node: string, follows: string, state: ReplicaState = {}): NodeReading {
  return { node, facts: replicaFacts(node, follows, state), silent: false, error: '', cameBackAsMaster: false };
}

export function down(node: string, error: string): NodeReading {
  return { node, facts: null, silent: true, error, cameBackAsMaster: false };
}

export function unasked(node: string): NodeReading {
  return down(node, '');
}
