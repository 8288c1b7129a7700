import type { NodeEffect } from '../../src/switchover/node-caller.js';
import type { Effect } from '../../src/switchover/effects.js';
import { attemptsOf, type Intent } from '../../src/switchover/intent.js';
import type { Reply } from '../../src/switchover/events.js';
import type { SwitchoverReport } from '../../src/switchover/ports.js';
import { INITIAL_MACHINE, type Machine } from '../../src/switchover/machine.js';

/*
 * The world around the machine, as small as it can be with every promise still to be broken in it: three nodes, four
 * writers' worth of writes, one process of Holdfast with its state file. Plain data: a state of the exploration is one of
 * these. Time goes in ticks, and only when nothing else can happen at once.
 */

/** One tick, ms. All times of the explored settings are multiples of it. */
export const TICK_MS = 50;

export type NodeName = 'A' | 'B' | 'C';
export const NODE_NAMES: readonly NodeName[] = ['A', 'B', 'C'];

/** A server. Its data is the list of what it has applied, one letter each; its offset is the length of that. */
export interface ModelNode {
  role: 'master' | 'replica';
  /** Of a replica. */
  follows: NodeName;
  log: string;
  /** The tick at which its pause ends. */
  pauseUntil: number;
  /** `frozen`: it executes nothing, and goes on where it stopped. */
  life: 'up' | 'frozen' | 'dead';
  /** What of the way between it and Holdfast is a black hole: nothing, or the answers, or both directions. */
  hole: 'none' | 'answers' | 'both';
  /** The control connection is there. */
  connected: boolean;
  /** Its replication stands still. */
  lags: boolean;
  /** Whom it follows after a restart, by its configuration file; itself: it is a master then. */
  saved: NodeName;
  /** The running process has seen it come back from a restart as a master. */
  returned: boolean;
}

/**
 * A write of a client of the proxy: not begun, held by the gate, on its way to a node, executed there, acknowledged there;
 * `unknown`: its connection broke before the reply; `again`: it was held when the proxy ended, and its client may try again.
 */
export type WriteState = 'new' | 'again' | 'held' | `${'sent' | 'done' | 'acked'} ${NodeName}` | 'unknown';

/** The writes of the world, each with its letter in the logs. */
export interface Writes {
  /** By a client of the proxy, in flight when the gate is closed. */
  P: WriteState;
  /** By a client of the proxy, while the gate is shut. */
  H: WriteState;
  /** By a client that bypasses the proxy and writes to A. */
  Y: 'new' | 'acked A';
}

/** A question that the driver has asked, and its way. */
export interface Asked {
  readonly call: number;
  readonly effect: Exclude<Effect, { readonly type: 'wake' | 'diverged' }>;
  /** The tick at which the asker has waited long enough; it is `unknown` then. */
  readonly due: number;
  /** Null: on its way to whom it is for. */
  readonly reply: Reply | null;
  /** The asker waits for it. */
  readonly isAwaited: boolean;
}

/** A command that sits in a connection that Holdfast has lost: it may yet be executed, and nobody hears of it. */
export interface Orphan {
  readonly effect: NodeEffect;
  readonly node: NodeName;
  /** Of a process that has ended. */
  readonly isOfDead: boolean;
}

export interface Timer {
  readonly call: number;
  readonly due: number;
}

/** What of the journal decides. */
export interface Durable {
  readonly intent: Intent | null;
  readonly master: NodeName | null;
  readonly epoch: number;
  /** The newest entry of the history. */
  readonly last: SwitchoverReport | null;
}

/** What is done a moment later: the journal's writing and the operators' answers. */
export type Announcement = Extract<Effect, { readonly type: 'record' | 'answer' | 'finished' }>;

/** One process of Holdfast. */
export interface Process {
  machine: Machine;
  /** Asked one after the other; those for one node are executed in this order. */
  asked: readonly Asked[];
  timers: readonly Timer[];
  announcements: readonly Announcement[];
  journal: Durable;
  /** `closing`: the operator has told it to end. */
  mode: 'running' | 'closing' | 'standing still';
  /** Since it stands still, or was told to end, in ticks. */
  modeTicks: number;
  gateClosed: boolean;
  /** Since the gate was closed, in ticks in which the process was running. */
  closedTicks: number;
  /** Whom the data path sends to. */
  master: NodeName | null;
  /** Requests of operators that wait for an answer. */
  requests: readonly string[];
  /** Nodes on which it has to end the connections of processes before it, by the intent that these have left. */
  inherited: readonly NodeName[];
  /** The master that it served last, and the offset that it last had; null: it has served none. */
  lastServed: { readonly node: NodeName; readonly offset: number } | null;
}

export interface World {
  tick: number;
  nodes: Record<NodeName, ModelNode>;
  writes: Writes;
  process: Process | null;
  disk: Durable;
  /** The state file can not be written. */
  diskFull: boolean;
  orphans: readonly Orphan[];
  /** What has happened so far that the promises ask about. */
  truth: Truth;
  /** How many more faults may strike. */
  budget: number;
  /** What trouble has done to what the promises rest on. */
  damage: Damage;
  /** The trouble that struck in the last step; not part of what goes on. */
  struck: Trouble | null;
  /** A promise that the last step broke. */
  broken: string;
}

export interface Damage {
  /** Data or roles were changed by other hands than Holdfast's. */
  readonly byOthers: boolean;
  /** The pause of A was ended by somebody, or by its restart: nothing keeps a write past the proxy out of it. */
  readonly pauseEnded: boolean;
  /** Holdfast may not have been able to renew the pause of A. */
  readonly pauseUnattended: boolean;
  /** A defect was met. */
  readonly defect: boolean;
  /** A node was killed: it comes back with the role that its configuration file has. */
  readonly restarted: boolean;
  /** Any trouble at all. */
  readonly any: boolean;
}

export interface Truth {
  /** Promotions that were sent, by switchover. */
  readonly promotionsSent: string;
  /** Nodes that a promotion of Holdfast made a master. */
  readonly promoted: string;
  /** Switchovers that were reported as not having happened. */
  readonly denied: string;
  /** Switchovers whose end was announced. */
  readonly finished: string;
  /** The gate was closed at least once: the writers have begun. */
  readonly begun: boolean;
  /** When the promotion was sent, Y was acknowledged already. */
  readonly early: boolean;
  /** A replication ping was written. */
  readonly pinged: boolean;
  /** The largest gap that a report has named. */
  readonly gap: number;
  /** How a promotion was forced: nothing, or how much was missing. */
  readonly forced: boolean;
  /** Acknowledged writes that no replica had that answered when a dead master was replaced. */
  readonly forfeited: string;
  /** The owner of the roles has promoted another one than it was asked to. */
  readonly instead: boolean;
  /** The highest offset among the replicas that answered in the last election. */
  readonly best: number;
  /** Former masters that were found to have writes of their own; in small letters when somebody has given these up. */
  readonly diverged: string;
}

export const TROUBLES = [
  'frozen A',
  'frozen B',
  'frozen C',
  'unreachable A',
  'unreachable B',
  'mute A',
  'mute B',
  'broken A',
  'broken B',
  'killed A',
  'killed B',
  'killed C',
  'emptied B',
  'refused',
  'lagging',
  'standstill',
  'crash',
  'defect',
  'disk full',
  'second request',
  'failover request',
  'abort',
  'shutdown',
  'human',
  'unpaused',
] as const;
export type Trouble = (typeof TROUBLES)[number];

export function initialWorld(budget: number): World {
  const node = (role: ModelNode['role'], follows: NodeName): ModelNode => ({
    role,
    follows,
    log: 'x',
    pauseUntil: 0,
    life: 'up',
    hole: 'none',
    connected: true,
    lags: false,
    saved: follows,
    returned: false,
  });
  const durable: Durable = { intent: null, master: 'A', epoch: 1, last: null };
  return {
    tick: 0,
    nodes: { A: node('master', 'A'), B: { ...node('replica', 'A'), log: '' }, C: node('replica', 'A') },
    writes: { P: 'sent A', H: 'new', Y: 'new' },
    process: { ...newProcess(durable), master: 'A' },
    disk: durable,
    diskFull: false,
    orphans: [],
    truth: {
      promotionsSent: '',
      promoted: '',
      denied: '',
      finished: '',
      begun: false,
      early: false,
      pinged: false,
      gap: 0,
      forced: false,
      forfeited: '',
      instead: false,
      best: 0,
      diverged: '',
    },
    budget,
    damage: { byOthers: false, pauseEnded: false, pauseUnattended: false, defect: false, restarted: false, any: false },
    struck: null,
    broken: '',
  };
}

/** A process that has just been started: it serves nobody yet. */
export function newProcess(journal: Durable): Process {
  return {
    machine: INITIAL_MACHINE,
    asked: [],
    timers: [],
    announcements: [],
    journal,
    mode: 'running',
    modeTicks: 0,
    gateClosed: false,
    closedTicks: 0,
    master: null,
    requests: [],
    inherited: attemptsOf(journal.intent).flatMap(({ to, connection }) =>
      connection === undefined ? [] : [nameOf(to)],
    ),
    lastServed: null,
  };
}

/** A copy that can be changed without the original. */
export function copyOf(world: World): World {
  const { A, B, C } = world.nodes;
  return {
    ...world,
    nodes: { A: { ...A }, B: { ...B }, C: { ...C } },
    writes: { ...world.writes },
    process: world.process === null ? null : { ...world.process },
    struck: null,
    broken: '',
  };
}

export function isMaster(node: ModelNode): boolean {
  return node.role === 'master';
}

export function isPaused(world: World, node: ModelNode): boolean {
  return world.tick < node.pauseUntil;
}

/** Whether a command that is sent to it now is executed at once. */
export function isResponsive(node: ModelNode): boolean {
  return node.life === 'up' && node.hole !== 'both';
}

/** The name as the model knows it; the machine knows it as any text. */
export function nameOf(node: string): NodeName {
  if (node === 'A' || node === 'B' || node === 'C') return node;
  throw new Error(`${node} is not a node of this world`);
}
