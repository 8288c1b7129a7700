import type { Effect } from '../../../src/switchover/effects.js';
import type { Event, Failure, Reply } from '../../../src/switchover/events.js';
import { INITIAL_MACHINE, transition, type Machine } from '../../../src/switchover/machine.js';
import type { NodeFacts, SwitchoverReport } from '../../../src/switchover/ports.js';
import { DEFAULT_SETTINGS } from '../../../src/switchover/settings.js';
import { NOTHING_ARRANGED, type Arrangement, type StrategyTraits } from '../../../src/switchover/strategy.js';
import { DIRECT } from './fake-strategy.js';
import { A, B, C } from './harness.js';

const NOBODY = { heldClients: 0, heldCommands: 0 };

/** Numbers that look random and are the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function factsOf(node: string, role: 'master' | 'replica', offset: number): NodeFacts {
  return {
    node,
    role,
    offset,
    ...(role === 'replica' ? { follows: { node: A, linkUp: true, syncing: false } } : {}),
    engine: 'redis',
    version: '7.0.15',
    runId: node,
    loading: false,
    priority: 100,
    clusterEnabled: false,
    canPause: true,
    replicas: [],
    roundTripMs: 0.2,
  };
}

/**
 * The pure machine in a world that answers, fails, is silent, crashes and is interrupted at every step, by chance, and
 * that knows the truth: whether the promotion ran, and what the candidate has.
 */
export class SimulatedWorld {
  machine: Machine = INITIAL_MACHINE;
  readonly violations: string[] = [];
  readonly answers: SwitchoverReport[] = [];
  gateClosed = false;
  openings = 0;
  closings = 0;
  /** Which node the data path would send a write to. */
  master: string | null = A;
  /** The truth about the promotion. */
  promoted = false;
  promotions = 0;
  marks = 0;
  readonly targetOffset = 100;
  candidateOffset = 90;
  readonly history: string[] = [];
  #at = 0;
  readonly #open = new Map<number, Effect>();
  readonly #random: () => number;
  readonly #force: boolean;
  readonly #traits: StrategyTraits;

  constructor(seed: number) {
    this.#random = randomOf(seed);
    this.#force = this.#random() < 0.1;
    this.#traits = {
      ...DIRECT,
      cutsConnections: this.#random() < 0.3,
      arrangeTimeoutMs: this.#random() < 0.5 ? 0 : 1000,
    };
  }

  /** Something happens. @returns false when nothing can any more. */
  step(): boolean {
    this.#at += this.#random() * 20;
    if (this.machine.state.type === 'serving') {
      if (this.answers.length > 0) return false;
      this.#give({
        type: 'requested',
        at: this.#at,
        id: 'x',
        startedAt: '',
        to: B,
        dryRun: false,
        settings: { ...DEFAULT_SETTINGS, forceOnTimeout: this.#force },
        strategy: this.#traits,
        nodes: [A, B, C],
        epoch: 1,
        overheadMs: 0.5,
        leadMs: null,
      });
      return true;
    }
    const chance = this.#random();
    if (chance < 0.005) this.#give({ type: 'crashed', at: this.#at, message: 'by chance' });
    else if (chance < 0.01) this.#give({ type: 'abort-requested', at: this.#at });
    else if (chance < 0.012) this.#give({ type: 'shutdown', at: this.#at });
    else if (chance < 0.014) this.#give({ type: 'stop', at: this.#at });
    else this.#answerOne();
    return this.machine.state.type !== 'stopped';
  }

  #answerOne(): void {
    // Answers mostly come before the deadline that bounds them, or nothing would ever get far.
    const answers = [...this.#open].filter(([, effect]) => effect.type !== 'wake');
    const entries = answers.length > 0 && this.#random() < 0.93 ? answers : [...this.#open];
    const [call, effect] = entries[Math.floor(this.#random() * entries.length)] ?? [];
    if (call === undefined || effect === undefined) return;
    if (effect.type !== 'wake' && this.#random() < 0.1) return;
    this.#open.delete(call);
    const reply = this.#reply(effect);
    if (reply !== null) this.#give({ ...reply, call, at: this.#at });
  }

  #give(event: Event): void {
    this.history.push(`${this.machine.state.type} ← ${event.type}`);
    const { machine, effects } = transition(this.machine, event);
    this.machine = machine;
    const now: Event[] = [];
    for (const effect of effects) now.push(...this.#begin(effect));
    for (const next of now) this.#give(next);
  }

  #begin(effect: Effect): Event[] {
    switch (effect.type) {
      case 'hold':
        this.#expect(!this.gateClosed, 'the gate is closed while it is open');
        this.gateClosed = true;
        this.closings += 1;
        return [{ type: 'held', at: this.#at, call: effect.call }];
      case 'open': {
        if (this.gateClosed) {
          this.openings += 1;
          this.#checkOpening();
        }
        this.gateClosed = false;
        return [{ type: 'opened', at: this.#at, call: effect.call, figures: NOBODY }];
      }
      case 'redirect':
        this.master = effect.node;
        this.#checkMaster();
        // In one process the data path has heard at once; in several it takes a moment.
        if (this.#random() < 0.5) return [{ type: 'redirected', at: this.#at, call: effect.call }];
        break;
      case 'withdraw':
        this.master = null;
        return [];
      case 'promote':
        this.promotions += 1;
        this.#expect(this.promotions === 1, 'a promotion is sent once');
        this.#expect(this.gateClosed, 'promoted behind a closed gate');
        this.#expect(this.marks === (this.#traits.cutsConnections ? 0 : 1), 'promoted before the moment is marked');
        this.#expect(this.#force || this.candidateOffset >= this.targetOffset, 'promoted before it had everything');
        this.promoted = this.#random() < 0.6;
        break;
      case 'mark':
        this.marks += 1;
        this.#expect(this.gateClosed, 'marked while something can be published');
        this.#expect(!this.promoted || this.#traits.cutsConnections, 'marked on connections that the promotion cuts');
        break;
      case 'demote':
      case 'follow':
        this.#expect(this.promoted, 'a node is told to follow a candidate that was not promoted');
        break;
      case 'answer':
        this.answers.push(effect.report);
        this.#expect(!this.gateClosed, 'answered after the gate was opened');
        return [];
      case 'cancel':
        this.#open.delete(effect.call);
        return [];
      default:
        break;
    }
    if ('call' in effect) this.#open.set(effect.call, effect);
    return [];
  }

  #checkOpening(): void {
    if (this.master === B) this.#expect(this.promoted, 'opened to a candidate that was not promoted');
    this.#checkMaster();
  }

  #checkMaster(): void {
    if (this.master === A) this.#expect(!this.promoted, 'the old master takes writes after the promotion');
  }

  #expect(holds: boolean, otherwise: string): void {
    if (!holds) this.violations.push(`${otherwise}: ${this.history.join(', ')}`);
  }

  /** What becomes of a question; null: nobody ever answers it. */
  #reply(effect: Effect): Reply | null {
    const failure: Failure = {
      kind: this.#pick('refused', 'unsent', 'unknown', 'internal'),
      code: '',
      message: 'chance',
    };
    if (effect.type === 'promote') return this.#replyToPromotion();
    if (effect.type !== 'wake' && this.#random() < 0.04) return { type: 'failed', failure };
    switch (effect.type) {
      case 'inspect':
        return {
          type: 'inspected',
          reports: [factsOf(A, 'master', 100), factsOf(B, 'replica', 90), factsOf(C, 'replica', 90)].map((facts) => ({
            node: facts.node,
            facts,
          })),
          survey: { master: null, promotionMs: 0 },
        };
      case 'prepare':
        return { type: 'prepared', connections: 1 };
      case 'measure':
        return {
          type: 'measured',
          masterOffset: 90,
          candidateOffset: 90,
          counters: { full: 0, partial: 0 },
          roundTripMs: { from: 0.1, to: 0.1 },
        };
      case 'arrange':
        return { type: 'arranged', arrangement: this.#arrangement() };
      case 'persist':
        return { type: 'persisted', problem: '' };
      case 'record-intent':
        return { type: 'recorded' };
      case 'drain':
        return { type: 'drained' };
      case 'mark':
        return { type: 'marked' };
      case 'fence':
        return { type: 'fenced', offset: this.targetOffset };
      case 'read-applied':
        this.candidateOffset = Math.min(this.targetOffset, this.candidateOffset + Math.floor(this.#random() * 6));
        return { type: 'applied', offset: this.candidateOffset };
      case 'extend':
        return { type: 'extended' };
      case 'redirect':
        return { type: 'redirected' };
      case 'unfence':
        return { type: 'unfenced' };
      case 'read-role':
        return { type: 'role', role: this.#roleOf(effect.node) };
      case 'demote':
        return { type: 'demoted' };
      case 'follow':
        return { type: 'followed' };
      case 'read-counters':
        return { type: 'counted', counters: { full: 0, partial: 2 } };
      case 'wake':
        return { type: 'woke' };
      default:
        return null;
    }
  }

  #arrangement(): Arrangement {
    if (this.#random() < 0.5) return NOTHING_ARRANGED;
    return { beat: { atMs: this.#at + 50, periodMs: 100, leadMs: 3 }, promotionMs: 3, note: '' };
  }

  #replyToPromotion(): Reply | null {
    const chance = this.#random();
    if (chance < 0.3) return null;
    if (chance < 0.5) return { type: 'failed', failure: { kind: 'unknown', code: '', message: 'chance' } };
    if (this.promoted) return { type: 'promoted' };
    return { type: 'failed', failure: { kind: this.#pick('refused', 'unsent'), code: '', message: 'chance' } };
  }

  #roleOf(node: string) {
    const offset = this.candidateOffset;
    const settled = this.master === B && !this.gateClosed;
    if (node === B) return { role: this.promoted ? ('master' as const) : ('replica' as const), offset };
    if (node === A && !settled) return { role: 'master' as const, offset };
    return { role: 'replica' as const, offset, follows: { node: settled ? B : A, linkUp: true, syncing: false } };
  }

  #pick<T>(...from: readonly [T, ...T[]]): T {
    return from[Math.floor(this.#random() * from.length)] ?? from[0];
  }
}
