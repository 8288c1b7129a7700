import type { NodeId } from '../config/node-address.js';
import type { EngineName, SwitchoverControl } from '../switchover/ports.js';

/** What the admin side sees and does; `proxy/`, `control/` and `switchover/` implement it, `cli/serve.ts` plugs it together. */
export interface AdminPorts {
  readonly switchover: SwitchoverControl;
  readonly traffic: TrafficView;
  readonly topology: TopologyView;
  readonly gate: GateView;
  readonly doors: DoorsView;
  /** Null: masters that die are somebody else's business (`auto_failover` is off). */
  readonly failover: FailoverView | null;
}

/** One connected application client. */
export interface ClientView {
  readonly id: number;
  readonly addr: string;
  readonly laddr: string;
  readonly name: string;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly db: number;
  readonly resp: 2 | 3;
  readonly user: string;
  /** What the client waits for: `held`, `replies`, `blocked`, `upstream`, or `nothing`. */
  readonly waitsFor: string;
  readonly heldMs: number;
  readonly upstream: 'lane' | 'private' | 'none';
  readonly lastCommand: string;
  readonly libName: string;
  readonly libVer: string;
  /** The number of its worker, where there are several. */
  readonly worker?: string;
}

/** Plain counters of the data path: incremented in place, read at scrape. */
export interface TrafficCounters {
  readonly commands: {
    readonly read: number;
    readonly write: number;
    readonly local: number;
    readonly refused: number;
  };
  readonly held: {
    readonly released: number;
    readonly failed: number;
    readonly waiting: number;
    readonly bytes: number;
  };
  readonly clients: { readonly connected: number; readonly accepted: number; readonly held: number };
  readonly upstreams: { readonly lane: number; readonly private: number };
  /** Processes that have clients, and those that ended although nobody had stopped them. */
  readonly workers: { readonly serving: number; readonly ended: number };
  /** Errors that Holdfast itself gave to clients, by code of `errors/error-table.ts`. */
  readonly errors: Readonly<Record<string, number>>;
  /** Clients that Holdfast disconnected, by reason of `errors/close-reasons.ts`. */
  readonly closed: Readonly<Record<string, number>>;
}

/** Answers come at once where the traffic is in this process, and later where several processes have to be asked. */
export interface TrafficView {
  clients(): readonly ClientView[] | Promise<readonly ClientView[]>;
  counters(): TrafficCounters | Promise<TrafficCounters>;
  /** Pages for Prometheus, of each other process that has clients. One that stands still has none. */
  workerMetrics(): readonly string[] | Promise<readonly string[]>;
  /** Every held command's wait in ms, once, when it is released or failed. */
  onHeld(observe: (waitMs: number, result: 'released' | 'failed') => void): void;
  /** Closes the gate by hand for at most `ms`. @returns false when it is held by hand already (then the time is extended). */
  holdByHand(ms: number): boolean | Promise<boolean>;
  /** Opens what {@link holdByHand} closed. @returns false when nothing was held by hand. */
  releaseByHand(): boolean | Promise<boolean>;
  /** Who holds the gate: `switchover`, `hand`, `client-pause`, `no-master`; empty when it is open. */
  gateHolders(): readonly string[];
}

/** One node as the topology monitor last saw it. */
export interface NodeView {
  readonly node: NodeId;
  readonly up: boolean;
  readonly role: 'master' | 'replica' | 'unknown';
  readonly engine: EngineName | 'unknown';
  readonly version: string;
  readonly offset: number;
  /** Bytes behind the master, 0 for the master. */
  readonly lag: number;
  readonly priority: number;
  /** Why the node is not right (`connection refused`, `WRONGPASS …`, `loading`, `not in this shard`), else empty. */
  readonly problem: string;
  readonly seenMsAgo: number;
}

export interface TopologyView {
  nodes(): readonly NodeView[];
  /** The master that is served, or null with {@link problem} saying why none is. */
  master(): NodeId | null;
  problem(): string;
  /** The nodes that called themselves masters when all were last asked; none between a switch and the first look behind it. */
  masters(): readonly NodeId[];
}

/** What replaces a master that died. */
export interface FailoverView {
  /** Why the shard has no master although one was to be promoted; empty: nothing stands against it. */
  problem(): string;
}

/** Who watches the gate from outside of the switch. */
export interface GateView {
  /** A switchover keeps it closed for longer than all its steps together may take. */
  isOverdue(): boolean;
}

/** What keeps the listeners: who was refused there, and the certificates. */
export interface DoorsView {
  /** Connections that ended before their first request, since the start. */
  refused(): readonly { readonly listener: string; readonly reason: string; readonly count: number }[];
  /** Holdfast's own certificates. */
  certificates(): readonly { readonly file: string; readonly notAfterMs: number }[];
  /** Why the TLS files as they are now are not used; empty when they are. */
  certificateProblem(): string;
}
