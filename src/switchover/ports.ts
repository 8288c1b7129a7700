import type { NodeId } from '../config/node-address.js';
import type { ConnectionIdentity, Intent } from './intent.js';

/** What a server calls itself; found out, never configured. */
export type EngineName = 'redis' | 'valkey' | 'kvrocks';

/** A node's role as the node itself states it (`ROLE`, on Kvrocks `INFO replication`). */
export interface RoleFacts {
  readonly role: 'master' | 'replica';
  /** Applied offset: `master_repl_offset` of a master, `slave_repl_offset` of a replica. Bytes (Kvrocks: sequence numbers). */
  readonly offset: number;
  /** Of a replica: the master it follows, as it spells it, and the state of the link. */
  readonly follows?: {
    readonly node: NodeId;
    readonly linkUp: boolean;
    readonly syncing: boolean;
    /** How long ago it heard anything from its master, ms, as exactly as a server says it: whole seconds. Absent: not known. */
    readonly heardMsAgo?: number;
  };
}

/** A role, and what tells whose data the node has. */
export interface RoleReading extends RoleFacts {
  /** `master_replid`: a master and the replicas of its stream have the same, however they spell each other. Absent: not known. */
  readonly replId?: string;
  /** `master_replid2`: the stream that the one of {@link replId} goes on from. Absent: there is none, or not known. */
  readonly replId2?: string;
}

/** What preflight wants to know of one node. */
export interface NodeFacts extends RoleReading {
  readonly node: NodeId;
  readonly engine: EngineName;
  readonly version: string;
  readonly runId: string;
  /** `second_repl_offset`: the first offset that is not of {@link replId2}. */
  readonly secondReplOffset?: number;
  readonly loading: boolean;
  /** There is not a single key. Absent: there are some, or it is not known. */
  readonly isEmpty?: true;
  /** `replica-priority`; 0 forbids promotion. */
  readonly priority: number;
  readonly clusterEnabled: boolean;
  /** A Sentinel watches this node (it is connected and would undo a change of roles). Absent: not known. */
  readonly watchedBySentinel?: boolean;
  /** Kvrocks: a fingerprint of its namespaces and their tokens; only good for comparing nodes. Absent: there are none, or not known. */
  readonly namespaces?: string;
  /** What Holdfast's user may not do there. Absent: not asked. */
  readonly missingRights?: readonly string[];
  /** `CLIENT PAUSE … WRITE` is there (Redis ≥ 6.2, Valkey, Kvrocks ≥ 2.15). */
  readonly canPause: boolean;
  /** Replicas as a master lists them; their offsets are up to a second old and serve for display only. */
  readonly replicas: readonly { readonly node: NodeId; readonly offset: number }[];
  /** Round trip of the reading, ms. */
  readonly roundTripMs: number;
}

/**
 * How a command to a node failed:
 * - `refused`: the server answered with an error, so it did not run;
 * - `unsent`: there was no connection, so it did not run;
 * - `unknown`: sent, and no answer came in time. It may have run, or may still run.
 */
export type NodeErrorKind = 'refused' | 'unsent' | 'unknown';

/** Any command to a node fails with this. `message` holds the server's own words where it said any. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly node: NodeId;
  readonly kind: NodeErrorKind;
  /** First word of the server's error (`NOAUTH`, `LOADING`), or what the system calls it (`ECONNREFUSED`), else empty. */
  readonly code: string;

  constructor(node: NodeId, kind: NodeErrorKind, message: string, code = '') {
    super(`${node}: ${message}`);
    this.node = node;
    this.kind = kind;
    this.code = code;
  }
}

/**
 * The commands a switch needs, spoken to one node over its control connection. Each is sent at most once; each rejects
 * with a {@link NodeError}; none waits longer than its `timeoutMs`. Implemented in `control/`, per engine.
 */
export interface ShardNode {
  readonly id: NodeId;
  /** Opens and authenticates the control connection if it is not open. */
  connect(timeoutMs: number): Promise<void>;
  facts(timeoutMs: number): Promise<NodeFacts>;
  /** Rights that Holdfast's user lacks there, as ACL rules name them (`client|pause`); found out without any effect. */
  missingRights(timeoutMs: number): Promise<readonly string[]>;
  role(timeoutMs: number): Promise<RoleFacts>;
  /** Median of several round trips of a small command, ms. */
  roundTrip(timeoutMs: number): Promise<number>;
  /** `CLIENT PAUSE pauseMs WRITE` and the master's offset, in one write. @returns the offset T read behind the pause. */
  fence(pauseMs: number, timeoutMs: number): Promise<number>;
  /** The master's offset without a pause, for servers that have none (`require_pause=false`). */
  masterOffset(timeoutMs: number): Promise<number>;
  /** Makes sure that the pause lasts for another `pauseMs`; never shortens it. */
  extendFence(pauseMs: number, timeoutMs: number): Promise<void>;
  unfence(timeoutMs: number): Promise<void>;
  /** The replica's own applied offset: the cheapest reading there is. */
  appliedOffset(timeoutMs: number): Promise<number>;
  /**
   * `REPLICAOF NO ONE`, sent once. After it failed as `unknown`, every later {@link role} of this node must speak of a time at
   * which the promotion has either run or can not run any more: it is asked behind it on the same connection, or on a
   * new one after the old connection was ended *on the server* (`CLIENT KILL ID`). Otherwise "still a replica" would
   * prove nothing, and a promotion that arrives late would make a second master.
   */
  promote(timeoutMs: number): Promise<void>;
  /**
   * Names the connection that {@link promote} takes from now on, or it fails as `unsent`: whoever starts behind the end of this process
   * can end it. Null: there is none, or the server does not name it.
   */
  pledgeConnection(): ConnectionIdentity | null;
  /** Ends a connection of an ended process on the server: what was sent over it has run by then, or never will. */
  endConnection(connection: ConnectionIdentity, timeoutMs: number): Promise<void>;
  /** Atomically: follow `master`, then end the pause (so that held writers are answered READONLY and none runs). */
  demote(master: NodeId, timeoutMs: number): Promise<void>;
  /** Follow `master` (another replica is re-pointed). */
  follow(master: NodeId, timeoutMs: number): Promise<void>;
  /**
   * Writes the role into the node's configuration file (`CONFIG REWRITE`), so that it keeps it over a restart.
   *
   * @returns why that can not be, for the operator; empty when it was done.
   */
  persist(timeoutMs: number): Promise<string>;
  /** Counters of `INFO stats` on a master; a difference tells whether a resync was partial or full. */
  syncCounters(timeoutMs: number): Promise<{ readonly full: number; readonly partial: number }>;
}

/** What the clients felt between {@link DataPath.hold} and {@link DataPath.release}. */
export interface HoldFigures {
  readonly heldClients: number;
  readonly heldCommands: number;
}

/**
 * The traffic, as the switch sees it: in this process (`proxy/`), or in several at once (`fleet/`). In this process `hold`,
 * `redirect` and `release` act at once, without I/O: nothing that can wait may stand between closing and opening the gate.
 */
export interface DataPath {
  /**
   * Opens on `target` every connection that the clients will need there, authenticated and in the right session
   * state, so that {@link redirect} needs none.
   * @returns how many connections stand ready. Rejects with what failed; whatever was opened is closed again.
   */
  prepare(target: NodeId, timeoutMs: number): Promise<number>;
  /** Closes what {@link prepare} opened and ends a {@link prepare} under way (it rejects); harmless when there is neither. */
  discardPrepared(): void;
  /** Closes the gate for the switch: from now on no write leaves. Closing a closed gate is a defect and throws. */
  hold(): void;
  /** Settles when the reply of the last write in flight has come; rejects when `signal` aborts first. */
  drained(signal: AbortSignal): Promise<void>;
  /**
   * Called while nothing can be published on either node: the old master is fenced, and the candidate has all that it
   * wrote. Marks this moment on the connections of those who listen (pub/sub, MONITOR), so that after {@link redirect} they
   * are told everything once. Settles when the marks of both nodes are there; a client whose mark did not come within
   * `timeoutMs` is the data path's own business. Must not hold anything up where nobody listens.
   */
  mark(timeoutMs: number): Promise<void>;
  /**
   * From now on `target` is the master. Also ends what {@link withdraw} began.
   *
   * @param done called once, in this very turn where nothing has to be waited for, when no command goes to the old master
   *   any more. Only then may the gate be opened: otherwise the first write on the new master could be followed by a read
   *   from the old one. Whoever does not hear of it in bounded time must be unable to send anything.
   */
  redirect(target: NodeId, done: () => void): void;
  /**
   * From now on no master is known, as in an outage: nothing is sent to any node; what clients ask waits (bounded by
   * `outage_hold_ms`) and is then answered MASTERDOWN. Called at most once before {@link release} when a promotion stays
   * unresolved; {@link redirect} ends it.
   */
  withdraw(): void;
  /** Opens the gate: held clients resume in the order in which they were held. Opening an open gate throws. */
  release(): HoldFigures;
}

/** The state directory. Writing is atomic and durable (temporary file, fsync, rename). */
export interface StateStore {
  read(): SwitchState | null;
  /** Rejects when the state can not be made durable. */
  write(state: SwitchState): Promise<void>;
  /** Rejects when {@link write} would; changes nothing. */
  probe(): Promise<void>;
}

/** What survives a restart. Version 1 of the state file is this object as JSON. */
export interface SwitchState {
  readonly version: 1;
  readonly epoch: number;
  readonly master: NodeId | null;
  /** The switch that was under way, or null. */
  readonly intent: Intent | null;
  /** Newest last, at most 100. */
  readonly history: readonly SwitchoverReport[];
}

/** Monotonic time and wall time; tests move both by hand. */
export interface Clock {
  /** Milliseconds, monotonic, with fractions. */
  now(): number;
  /** Wall time, for people; never for deciding. */
  wall(): Date;
  /** Runs `wake` once after `ms`; the returned function cancels it. */
  schedule(ms: number, wake: () => void): () => void;
}

export type SwitchoverOutcome = 'switched' | 'would-switch' | 'refused' | 'aborted' | 'unresolved';

/** How a replica got onto the new master's stream. */
export type Resync = 'partial' | 'full' | 'pending';

/** One switchover, as HISTORY, the state file, the metrics and the answer to the operator have it. Times in µs. */
export interface SwitchoverReport {
  readonly id: string;
  /** Absent: planned, the old master took part. */
  readonly kind?: 'failover' | 'rejoin' | undefined;
  readonly outcome: SwitchoverOutcome;
  /** A key of the tables in `reasons.ts`; empty when switched. */
  readonly reason: string;
  readonly sentence: string;
  readonly oldMaster: NodeId | null;
  readonly newMaster: NodeId | null;
  readonly epoch: number;
  /** Gate closed → gate open. */
  readonly stallUs: number;
  readonly predictedStallUs: number;
  readonly drainUs: number;
  readonly fenceUs: number;
  readonly catchupUs: number;
  readonly promoteUs: number;
  readonly redirectUs: number;
  readonly offset: number;
  /** How far the candidate was behind when it was promoted; 0 unless forced. */
  readonly offsetGap: number;
  readonly heldClients: number;
  readonly heldCommands: number;
  readonly resync: Readonly<Record<NodeId, Resync>>;
  readonly settled: boolean;
  /** The gate was closed at a moment that was reckoned from a beat of the candidate. */
  readonly timed: boolean;
  /** What the operator should know of it, in sentences. */
  readonly notes: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string;
}

/** What an operator asks for. */
export interface SwitchoverRequest {
  /** The candidate; absent: the best replica. */
  readonly to?: NodeId;
  /** The master is dead: its replica is promoted without it. */
  readonly unplanned?: boolean;
  /** Of an unplanned one: also if that master answers as a replica, as long as no node is a master. Absent: yes. */
  readonly deposed?: boolean;
  readonly dryRun?: boolean;
  /** Overrides of the configuration for this call. */
  readonly forceOnTimeout?: boolean;
  readonly syncTimeoutMs?: number;
  readonly pauseTimeoutMs?: number;
}

/** Where the machine stands; the states of `switchover/machine.ts` by name. */
export interface SwitchoverStatus {
  readonly state: string;
  readonly id: string | null;
  readonly epoch: number;
  readonly from: NodeId | null;
  readonly to: NodeId | null;
  /** Microseconds since the gate was closed, 0 when it is open. */
  readonly stallUs: number;
  /** Nodes that still have to be demoted or re-pointed, with the last error. */
  readonly unsettled: readonly { readonly node: NodeId; readonly why: string }[];
  /** Set while something needs a human: `demotion-pending`, `unresolved`, … */
  readonly alarms: readonly string[];
  /** Why the state can not be written, else empty. */
  readonly stateProblem: string;
}

/** What the admin side does with switchovers; implemented by `service.ts`. */
export interface SwitchoverControl {
  /** Settles (bounded) with how it ended; never rejects. */
  switchover(request: SwitchoverRequest): Promise<SwitchoverReport>;
  /** Stops a running switch if it is before the point of no return. @returns whether one was stopped. */
  abort(): boolean;
  /** What a node that is kept out has of its own may be lost. @returns whether there is such a node. */
  acceptLoss(node: NodeId): boolean;
  status(): SwitchoverStatus;
  /** Newest last. */
  history(): readonly SwitchoverReport[];
  /** Called at each change of state; returns the function that ends the subscription. */
  onState(listener: (status: SwitchoverStatus) => void): () => void;
  /** Waits (bounded) for a running switch, refuses new ones. */
  shutdown(): Promise<void>;
}

/** A stretch of a switchover that has a duration of its own; the label of `holdfast_switchover_phase_seconds`. */
export type SwitchoverPhase = 'preflight' | 'drain' | 'fence' | 'catchup' | 'promote' | 'redirect' | 'settle';

/** Who measures switchovers (the metrics). Called outside of the hold; what it throws is logged and dropped. */
export interface SwitchoverObserver {
  /** Once per switchover, when its outcome is final for the clients: refused, would-switch, aborted, switched, unresolved. */
  finished(report: SwitchoverReport): void;
  /** A former master has writes that the master has not. */
  diverged(node: NodeId): void;
  /** Once per phase that was entered, when the switchover is over (`settle`: when the last node is settled). */
  phase(phase: SwitchoverPhase, durationMs: number): void;
}
