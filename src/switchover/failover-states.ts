import type { Call } from './effects.js';
import type { LostMaster, Run, Switch } from './run.js';
import type { Interrupted } from './states.js';

/** A failover, first step: the master is silent; all nodes are being connected to and read, the silent one too. */
export interface Electing {
  readonly type: 'electing';
  readonly run: Run & { readonly lost: LostMaster };
  readonly interrupted: Interrupted | null;
  readonly call: Call;
  readonly deadline: Call;
}

/**
 * A failover, second step: clients wait, nothing goes to the old master any more, the intent is being made durable and
 * the data path opens its connections to the candidate. The old master is still asked: one that answers ends this.
 */
export interface Appointing {
  readonly type: 'appointing';
  readonly sw: Switch;
  readonly interrupted: Interrupted | null;
  /** The gate is being closed, then drained. Null once that is done, as with the next two. */
  readonly draining: Call | null;
  readonly recording: Call | null;
  readonly preparing: Call | null;
  /** The question to the old master, or the wait for the next one. */
  readonly watch: { readonly call: Call; readonly step: 'reading' | 'waiting' };
  /** `command_timeout_ms`. */
  readonly deadline: Call;
}
