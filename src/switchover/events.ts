import type { NodeId } from '../config/node-address.js';
import type { Call } from './effects.js';
import type { Examination } from './examination.js';
import type { Intent } from './intent.js';
import type { HoldFigures, NodeErrorKind, NodeFacts, RoleFacts, SwitchoverReport } from './ports.js';
import type { SwitchoverSettings } from './settings.js';
import type { Refusal } from './candidate.js';
import type { LostMaster } from './run.js';
import type { Arrangement, StrategyTraits, Substitute, Survey } from './strategy.js';

/** One node as preflight found it. */
export type NodeReport =
  { readonly node: NodeId; readonly facts: NodeFacts } | { readonly node: NodeId; readonly error: Failure };

/** Why an effect failed. `internal`: not a node's failure but an exception in our own code or in a port. */
export interface Failure {
  readonly kind: NodeErrorKind | 'internal';
  /** First word of the server's error, or what the system calls it (`ECONNREFUSED`), else empty. */
  readonly code: string;
  readonly message: string;
}

/** How long the old master and the candidate take to answer, ms. */
export interface RoundTrips {
  readonly from: number;
  readonly to: number;
}

/** Resync counters of a master, see {@link ShardNode.syncCounters}. */
export interface SyncCounters {
  readonly full: number;
  readonly partial: number;
}

/** `at`: monotonic ms. */
interface Timed {
  readonly at: number;
}

/** The answer to the effect with the same `call`. */
interface Answer extends Timed {
  readonly call: Call;
}

/** What every switch begins with. */
export interface SwitchAsked extends Timed {
  readonly id: string;
  /** ISO 8601, for people. */
  readonly startedAt: string;
  readonly to: NodeId | null;
  readonly dryRun: boolean;
  /** With the overrides of this call. */
  readonly settings: SwitchoverSettings;
  readonly strategy: StrategyTraits;
  /** All nodes of the shard, in configured order. */
  readonly nodes: readonly NodeId[];
  /** The epoch that a success will have. */
  readonly epoch: number;
  /** See {@link Run.unfinished}. */
  readonly unfinished?: Intent | null;
}

/** What comes from outside: operators, the process, the driver itself. */
export type Command =
  | (SwitchAsked & {
      readonly type: 'requested';
      /** What the hold is expected to cost beyond round trips and catching up, ms. */
      readonly overheadMs: number;
      /** See {@link Run.leadMs}. */
      readonly leadMs: number | null;
    })
  /** The master is dead: its best replica is to be promoted. */
  | (SwitchAsked & { readonly type: 'failover-requested'; readonly lost: LostMaster })
  /** At start: a switchover of an earlier process had promoted `to`, and what was left to do is done now. */
  | (Timed & {
      readonly type: 'resumed';
      readonly intent: Intent;
      readonly settings: SwitchoverSettings;
      readonly strategy: StrategyTraits;
      readonly nodes: readonly NodeId[];
      readonly epoch: number;
      /** What the history has of it. */
      readonly earlier: SwitchoverReport | null;
      /** This process began it: only a node that came back as a master. */
      readonly isOwn: boolean;
    })
  /** What this node has of its own may be lost. */
  | (Timed & { readonly type: 'loss-accepted'; readonly node: NodeId })
  /** Somebody else has made this node the master, and it is served. */
  | (Timed & { readonly type: 'overtaken'; readonly master: NodeId })
  | (Timed & { readonly type: 'abort-requested' })
  /** Begin nothing, stop what can be stopped; what is past the point of no return goes on. */
  | (Timed & { readonly type: 'shutdown' })
  /** The process ends now. */
  | (Timed & { readonly type: 'stop' })
  /** An exception where none may be: in a transition, or in a call into the data path. */
  | (Timed & { readonly type: 'crashed'; readonly message: string });

export type AnswerEvent =
  | (Answer & {
      readonly type: 'inspected';
      readonly reports: readonly NodeReport[];
      readonly survey: Survey | Refusal;
    })
  | (Answer & { readonly type: 'prepared'; readonly connections: number })
  | (Answer & {
      readonly type: 'measured';
      readonly masterOffset: number;
      readonly candidateOffset: number;
      readonly counters: SyncCounters;
      /** Medians of several, of small commands like those of the hold. */
      readonly roundTripMs: RoundTrips;
    })
  | (Answer & { readonly type: 'arranged'; readonly arrangement: Arrangement })
  | (Answer & { readonly type: 'recorded' })
  | (Answer & { readonly type: 'held' })
  | (Answer & { readonly type: 'drained' })
  | (Answer & { readonly type: 'fenced'; readonly offset: number })
  | (Answer & { readonly type: 'applied'; readonly offset: number })
  | (Answer & { readonly type: 'extended' })
  | (Answer & { readonly type: 'promoted'; readonly instead?: Substitute })
  | (Answer & { readonly type: 'marked' })
  | (Answer & { readonly type: 'redirected' })
  | (Answer & { readonly type: 'opened'; readonly figures: HoldFigures })
  | (Answer & { readonly type: 'unfenced' })
  | (Answer & { readonly type: 'role'; readonly role: RoleFacts })
  | (Answer & Examination & { readonly type: 'examined' })
  | (Answer & { readonly type: 'demoted' })
  | (Answer & { readonly type: 'followed' })
  | (Answer & { readonly type: 'counted'; readonly counters: SyncCounters })
  /** `problem`: why the node would not keep its role, else empty. */
  | (Answer & { readonly type: 'persisted'; readonly problem: string })
  | (Answer & { readonly type: 'woke' })
  | (Answer & { readonly type: 'failed'; readonly failure: Failure });

type WithoutStamp<T> = T extends unknown ? Omit<T, 'at' | 'call'> : never;
/** An answer before it is stamped with its call and the time. */
export type Reply = WithoutStamp<AnswerEvent>;

export type Event = Command | AnswerEvent;
export type EventType = Event['type'];
export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>;

/** Whether the event answers an effect. */
export function isAnswer(event: Event): event is AnswerEvent {
  return 'call' in event;
}
