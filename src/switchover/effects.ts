import type { NodeId } from '../config/node-address.js';
import type { Intent } from './intent.js';
import type { SwitchoverPhase, SwitchoverReport } from './ports.js';

/**
 * Names one asked question. The event that answers it carries the same number; an answer to a question that nobody waits
 * for any more (an earlier attempt, a deadline that passed) is dropped by the machine.
 */
export type Call = number;

/** What the machine wants done; the driver does it. Effects of one transition are carried out in order, in one turn. */
export type Effect =
  // Preflight
  /** Connect to each node and read its facts, then ask the owner of the roles. → `inspected` */
  | { readonly type: 'inspect'; readonly call: Call; readonly nodes: readonly NodeId[]; readonly timeoutMs: number }
  /** → `prepared` */
  | { readonly type: 'prepare'; readonly call: Call; readonly target: NodeId; readonly timeoutMs: number }
  /** The master's offset, then the candidate's, then the candidate's resync counters. → `measured` */
  | {
      readonly type: 'measure';
      readonly call: Call;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly timeoutMs: number;
    }
  /** Make the intent durable. → `recorded` */
  | { readonly type: 'record-intent'; readonly call: Call; readonly intent: Intent }
  /** The strategy's last preparations. → `arranged` */
  | {
      readonly type: 'arrange';
      readonly call: Call;
      readonly from: NodeId;
      readonly to: NodeId;
      readonly timeoutMs: number;
    }
  // The hold
  /** Close the gate. → `held` */
  | { readonly type: 'hold'; readonly call: Call }
  /** → `drained` */
  | { readonly type: 'drain'; readonly call: Call }
  /** Pause the master (`pauseMs` 0: it has no pause) and read its offset. → `fenced` */
  | {
      readonly type: 'fence';
      readonly call: Call;
      readonly node: NodeId;
      readonly pauseMs: number;
      readonly timeoutMs: number;
    }
  /** → `applied` */
  | { readonly type: 'read-applied'; readonly call: Call; readonly node: NodeId; readonly timeoutMs: number }
  /** → `extended` */
  | {
      readonly type: 'extend';
      readonly call: Call;
      readonly node: NodeId;
      readonly pauseMs: number;
      readonly timeoutMs: number;
    }
  /** The point of no return. → `promoted` */
  | {
      readonly type: 'promote';
      readonly call: Call;
      readonly from: NodeId;
      readonly node: NodeId;
      readonly timeoutMs: number;
    }
  /** Nothing can be published at this moment: mark it for those who listen. → `marked` */
  | { readonly type: 'mark'; readonly call: Call; readonly timeoutMs: number }
  /** The data path's master is this node from now on. → `redirected` when nothing goes to the old one any more */
  | { readonly type: 'redirect'; readonly call: Call; readonly node: NodeId }
  /** The data path has no master from now on. */
  | { readonly type: 'withdraw' }
  /** Open the gate; nothing is done if it is open. → `opened` */
  | { readonly type: 'open'; readonly call: Call }
  /** → `unfenced` */
  | { readonly type: 'unfence'; readonly call: Call; readonly node: NodeId; readonly timeoutMs: number }
  | { readonly type: 'discard-prepared' }
  // Settling and resolving, beside the traffic: the control connection is opened again first if it is gone
  /** → `role` */
  | { readonly type: 'read-role'; readonly call: Call; readonly node: NodeId; readonly timeoutMs: number }
  /** What does a former master have that the master has not? → `examined` */
  | {
      readonly type: 'examine';
      readonly call: Call;
      readonly node: NodeId;
      readonly master: NodeId;
      /** What the master had when it was promoted; null: not known. */
      readonly forkOffset: number | null;
      readonly timeoutMs: number;
    }
  /** → `demoted` */
  | {
      readonly type: 'demote';
      readonly call: Call;
      readonly node: NodeId;
      readonly master: NodeId;
      readonly timeoutMs: number;
    }
  /** → `followed` */
  | {
      readonly type: 'follow';
      readonly call: Call;
      readonly node: NodeId;
      readonly master: NodeId;
      readonly timeoutMs: number;
    }
  /** → `counted` */
  | { readonly type: 'read-counters'; readonly call: Call; readonly node: NodeId; readonly timeoutMs: number }
  /** See to it that the node keeps its role over a restart. → `persisted` */
  | { readonly type: 'persist'; readonly call: Call; readonly node: NodeId; readonly timeoutMs: number }
  // Housekeeping
  /** → `woke` after `ms`, unless cancelled */
  | { readonly type: 'wake'; readonly call: Call; readonly ms: number }
  /** Ends a `wake` or a `drain`. */
  | { readonly type: 'cancel'; readonly call: Call }
  /** Put the report into the history (replacing one with the same id) and the state file. */
  | { readonly type: 'record'; readonly change: RecordChange }
  /** A former master has writes of its own (null: or may have, how many is not known): they are lost, or it is kept out. */
  | {
      readonly type: 'diverged';
      readonly node: NodeId;
      readonly extraWrites: number | null;
      readonly isKeptOut: boolean;
    }
  /** The clients feel nothing of this switchover any more: once per switchover. */
  | { readonly type: 'finished'; readonly report: SwitchoverReport }
  /** How long the phases took, ms; each phase that was entered once. */
  | { readonly type: 'measured-phases'; readonly phases: readonly (readonly [SwitchoverPhase, number])[] }
  /** The operator's answer: once per switchover. */
  | { readonly type: 'answer'; readonly report: SwitchoverReport };

/** A change of the durable state at the end of a switchover, or of a part of it. */
export interface RecordChange {
  readonly report: SwitchoverReport;
  /** The master from now on; absent: unchanged. */
  readonly master?: NodeId;
  /** Absent: unchanged. */
  readonly epoch?: number;
  /** The intent is done with (or undone): a restart has nothing of it to finish. What an undone one stands on counts again. */
  readonly intentDone: boolean;
}
