import type { AdminPorts, ClientView, NodeView, TrafficCounters } from '../../../src/admin/ports.js';
import type { SwitchoverReport, SwitchoverRequest, SwitchoverStatus } from '../../../src/switchover/ports.js';

export const MASTER = '127.0.0.1:7001';
export const REPLICA = '127.0.0.1:7002';
export const DOWN = '127.0.0.1:7003';

/** What a test may set before it asks; every field is read at the moment of the call. */
export interface FakeShard {
  report: SwitchoverReport;
  /** Requests that came, oldest first. */
  readonly requests: SwitchoverRequest[];
  /** Set: switchovers wait for it. */
  switching: Promise<void> | null;
  abortable: boolean;
  readonly aborts: number[];
  status: SwitchoverStatus;
  history: SwitchoverReport[];
  nodes: NodeView[];
  master: string | null;
  problem: string;
  clients: ClientView[];
  counters: TrafficCounters;
  workerMetrics: string[];
  gateHolders: string[];
  /** The time of each HOLD. */
  readonly holds: number[];
  heldByHand: boolean;
  refused: ReturnType<AdminPorts['doors']['refused']>;
  certificates: ReturnType<AdminPorts['doors']['certificates']>;
  certificateProblem: string;
  /** Whom held commands are told to. */
  heldObserver: ((waitMs: number, result: 'released' | 'failed') => void) | null;
}

/** Ports over a shard that does nothing but remember. */
export function fakePorts(): { readonly ports: AdminPorts; readonly shard: FakeShard } {
  const shard = newShard();
  const ports: AdminPorts = {
    switchover: {
      async switchover(request) {
        shard.requests.push(request);
        await shard.switching;
        return shard.report;
      },
      abort() {
        shard.aborts.push(1);
        return shard.abortable;
      },
      acceptLoss: () => false,
      status: () => shard.status,
      history: () => shard.history,
      onState: () => () => undefined,
      shutdown: () => Promise.resolve(),
    },
    traffic: {
      clients: () => shard.clients,
      counters: () => shard.counters,
      workerMetrics: () => shard.workerMetrics,
      onHeld(observe) {
        shard.heldObserver = observe;
      },
      holdByHand(ms) {
        shard.holds.push(ms);
        const closed = !shard.heldByHand;
        shard.heldByHand = true;
        return closed;
      },
      releaseByHand() {
        const held = shard.heldByHand;
        shard.heldByHand = false;
        return held;
      },
      gateHolders: () => shard.gateHolders,
    },
    topology: {
      nodes: () => shard.nodes,
      master: () => shard.master,
      problem: () => shard.problem,
      masters: () => shard.nodes.filter(({ up, role }) => up && role === 'master').map(({ node }) => node),
    },
    failover: null,
    gate: { isOverdue: () => false },
    doors: {
      refused: () => shard.refused,
      certificates: () => shard.certificates,
      certificateProblem: () => shard.certificateProblem,
    },
  };
  return { ports, shard };
}

function newShard(): FakeShard {
  return {
    report: fakeReport(),
    requests: [],
    switching: null,
    abortable: true,
    aborts: [],
    status: fakeStatus(),
    history: [],
    nodes: [
      fakeNode(MASTER, { role: 'master', lag: 0, offset: 5000 }),
      fakeNode(REPLICA, { offset: 4986, lag: 14 }),
      fakeNode(DOWN, { up: false, problem: 'connection refused', offset: 0, lag: 5000 }),
    ],
    master: MASTER,
    problem: '',
    clients: [],
    counters: {
      commands: { read: 11, write: 22, local: 3, refused: 1 },
      held: { released: 7, failed: 2, waiting: 4, bytes: 4096 },
      clients: { connected: 5, accepted: 50, held: 3 },
      upstreams: { lane: 2, private: 1 },
      workers: { serving: 1, ended: 0 },
      errors: { 'no-master': 6 },
      closed: { 'user-gone': 8 },
    },
    workerMetrics: [],
    gateHolders: [],
    holds: [],
    heldByHand: false,
    refused: [],
    certificates: [],
    certificateProblem: '',
    heldObserver: null,
  };
}

/** A switchover that went well, with a different number in each field. */
export function fakeReport(changes: Partial<SwitchoverReport> = {}): SwitchoverReport {
  return {
    id: 'sw-1',
    outcome: 'switched',
    reason: '',
    sentence: 'the master moved',
    oldMaster: MASTER,
    newMaster: REPLICA,
    epoch: 8,
    stallUs: 1500,
    predictedStallUs: 1400,
    drainUs: 100,
    fenceUs: 200,
    catchupUs: 300,
    promoteUs: 400,
    redirectUs: 50,
    offset: 5000,
    offsetGap: 0,
    heldClients: 12,
    heldCommands: 13,
    resync: { [MASTER]: 'partial', [DOWN]: 'pending' },
    settled: false,
    timed: false,
    notes: [],
    startedAt: '2026-01-02T03:04:05.678Z',
    ...changes,
  };
}

export function fakeStatus(changes: Partial<SwitchoverStatus> = {}): SwitchoverStatus {
  return {
    state: 'serving',
    id: null,
    epoch: 7,
    from: null,
    to: null,
    stallUs: 0,
    unsettled: [],
    alarms: [],
    stateProblem: '',
    ...changes,
  };
}

export function fakeNode(node: string, changes: Partial<NodeView> = {}): NodeView {
  return {
    node,
    up: true,
    role: 'replica',
    engine: 'redis',
    version: '7.0.15',
    offset: 4986,
    lag: 14,
    priority: 100,
    problem: '',
    seenMsAgo: 120,
    ...changes,
  };
}

export function fakeClient(changes: Partial<ClientView> = {}): ClientView {
  return {
    id: 9,
    addr: '127.0.0.1:50000',
    laddr: '127.0.0.1:6380',
    name: 'app',
    ageMs: 61_500,
    idleMs: 2_400,
    db: 3,
    resp: 3,
    user: 'default',
    waitsFor: 'held',
    heldMs: 12,
    upstream: 'lane',
    lastCommand: 'set',
    libName: 'ioredis',
    libVer: '6.0.0',
    ...changes,
  };
}
