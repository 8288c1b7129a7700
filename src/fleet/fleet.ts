import type { ClientView, TrafficCounters, TrafficView } from '../admin/ports.js';
import type { NodeId } from '../config/node-address.js';
import type { Logger } from '../log/logger.js';
import type { DataPath, HoldFigures } from '../switchover/ports.js';
import { DialogueError } from './dialogue.js';
import { afterTheEnd, NO_FIGURES, sumOf } from './figures.js';
import type { JoinState, MemberFigures, Orders, Reports } from './protocol.js';
import type { RemoteMember } from './remote-member.js';

/** A member that does not answer for so long stands still, however busy the machine is; clients give up after some seconds. */
const ANSWER_MS = 1000;
/** Who asks for figures does not wait longer for a member that stands still; what it said last is shown. */
const FIGURES_MS = 250;
/** No setting lets a hold last longer; the switch gives up by itself before. */
const LONGEST_HOLD_MS = 600_000;
/** How often each member is asked what it counts, so that this is known of one that dies. */
const LOOK_EVERY_MS = 1000;
/** After so many questions in a row without an answer, a member is ended and started anew: its clients wait for nothing. */
const SILENCES_MAX = 10;

/**
 * One data path that is made of several members, each with clients, lanes and a gate of its own.
 *
 * 1. `hold`: every member closes its gate. It answers when its own writes in flight are answered; the hold is drained when
 *    all have said so.
 * 2. The master is fenced, and the candidate promoted, by the coordinator alone.
 * 3. `redirect`: every member leaves the old master. Until all have said so, none opens its gate: a client of one could
 *    write on the new master, and a client of another one then read from the old master.
 * 4. `release`: all open.
 *
 * - A member that is gone sends nothing any more, so nobody waits for it.
 * - A member that is silent before the promotion makes the switch fail: the old master goes on.
 * - One that is silent after it may still read from the old master: it is ended. Only when that is certain, step 3 is done.
 * - A member opens its gate on this coordinator's word alone. When the coordinator is gone, it ends: it can not know
 *   whether a promotion has been sent.
 * - Who comes during a switch joins when that is over.
 */
export class Fleet implements DataPath, TrafficView {
  /** Connections for which there was no room. */
  turnedAway = 0;
  readonly #log: Logger;
  readonly #now: () => number;
  /** All who have been told to join, and so get every order. */
  readonly #members = new Set<RemoteMember>();
  readonly #waiting = new Map<RemoteMember, () => void>();
  #master: NodeId | null = null;
  /** Number of the last change of the master: what an older one still waits for does not count any more. */
  #change = 0;
  /** No member sends anything to any node. */
  #isWithdrawn = true;
  /** The switch that is prepared or held; 0: none. */
  #round = 0;
  #lastRound = 0;
  #hold: { readonly drained: Promise<void>; isDrained: boolean } | null = null;
  #heldClients = 0;
  #handUntil = 0;
  #handTimer: NodeJS.Timeout | null = null;
  #departed: MemberFigures = NO_FIGURES;
  #observeHeld: (waitMs: number, result: 'released' | 'failed') => void = () => undefined;
  readonly #lookTimer: NodeJS.Timeout;

  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#lookTimer = setInterval(() => void this.#lookAfter(), LOOK_EVERY_MS).unref();
  }

  get master(): NodeId | null {
    return this.#master;
  }

  /** Settles when the member takes part; while a switch is on, that is when it is over. Rejects when it does not answer. */
  async join(member: RemoteMember): Promise<void> {
    if (this.#round > 0) await new Promise<void>((resolve) => this.#waiting.set(member, resolve));
    this.#members.add(member);
    if (this.#master !== null) this.#isWithdrawn = false;
    await member.ask('join', this.#stateNow(), ANSWER_MS);
  }

  /** The member sends nothing any more. */
  leave(member: RemoteMember): void {
    this.#waiting.delete(member);
    if (!this.#members.delete(member)) return;
    this.#departed = sumOf([this.#departed, afterTheEnd(member.figures ?? NO_FIGURES)]);
  }

  /** Somebody else made `node` the master; null: there is none. */
  async serve(node: NodeId | null): Promise<void> {
    if (node === this.#master) return;
    if (node === null) {
      this.withdraw();
      return;
    }
    const change = this.#begin(node);
    if (!this.#isWithdrawn) await this.#order('withdraw', null);
    if (change !== this.#change) return;
    this.#isWithdrawn = false;
    await this.#order('serve', { node });
  }

  async prepare(target: NodeId, timeoutMs: number): Promise<number> {
    this.#round = ++this.#lastRound;
    try {
      const opened = await this.#ask('prepare', { round: this.#round, target, timeoutMs }, timeoutMs);
      return sum(opened);
    } catch (error) {
      this.discardPrepared();
      throw error;
    }
  }

  discardPrepared(): void {
    this.#tell('discardPrepared', null);
    if (this.#hold === null) this.#endRound();
  }

  hold(): void {
    if (this.#hold !== null) throw new Error('the gate is closed by switchover already');
    const hold = { drained: this.#closeAll(), isDrained: false };
    hold.drained.then(
      () => (hold.isDrained = true),
      () => undefined,
    );
    this.#hold = hold;
  }

  async drained(signal: AbortSignal): Promise<void> {
    let aborted = (): void => undefined;
    const given = new Promise<never>((_resolve, reject) => {
      aborted = () => reject(new Error('not all members are drained'));
      signal.addEventListener('abort', aborted, { once: true });
    });
    try {
      await Promise.race([this.#hold?.drained, given]);
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }

  async mark(timeoutMs: number): Promise<void> {
    await this.#ask('mark', { round: this.#round, timeoutMs }, timeoutMs);
  }

  redirect(target: NodeId, done: () => void): void {
    const isHeld = this.#hold?.isDrained === true;
    void this.#redirect(target, isHeld, done);
  }

  withdraw(): void {
    const change = this.#begin(null);
    void this.#order('withdraw', null).then(() => {
      if (change === this.#change) this.#isWithdrawn = true;
    });
  }

  release(): HoldFigures {
    if (this.#hold === null) throw new Error('the gate is not closed by switchover');
    this.#hold = null;
    this.#tell('release', { round: this.#round });
    this.#endRound();
    return { heldClients: this.#heldClients, heldCommands: this.#heldClients };
  }

  /** Settles when every gate is closed. */
  async holdByHand(ms: number): Promise<boolean> {
    const isFirst = this.#handTimer === null;
    if (this.#handTimer !== null) clearTimeout(this.#handTimer);
    this.#handUntil = this.#now() + ms;
    this.#handTimer = setTimeout(() => void this.releaseByHand(), ms).unref();
    await this.#order('holdByHand', { ms });
    return isFirst;
  }

  releaseByHand(): boolean {
    if (this.#handTimer === null) return false;
    clearTimeout(this.#handTimer);
    this.#handTimer = null;
    this.#handUntil = 0;
    this.#tell('releaseByHand', null);
    return true;
  }

  gateHolders(): readonly string[] {
    const holders = new Set([...this.#members].flatMap((member) => member.holders));
    if (this.#members.size === 0) holders.add('no-master');
    if (this.#handTimer !== null) holders.add('hand');
    else holders.delete('hand');
    if (this.#hold !== null) holders.add('switchover');
    else holders.delete('switchover');
    return [...holders];
  }

  onHeld(observe: (waitMs: number, result: 'released' | 'failed') => void): void {
    this.#observeHeld = observe;
  }

  /** A member tells how long commands were held. */
  heard(waits: Reports['held']['ask']): void {
    for (const [waitMs, result] of waits) this.#observeHeld(waitMs, result);
  }

  async clients(): Promise<readonly ClientView[]> {
    const lists = [...this.#members].map(async (member) => {
      const list = (await this.#askOne(member, 'clients', null, FIGURES_MS)) ?? [];
      return list.map((client) => ({ ...client, worker: member.name }));
    });
    return (await Promise.all(lists)).flat().sort((one, other) => one.id - other.id);
  }

  async counters(): Promise<TrafficCounters> {
    await Promise.all([...this.#members].map((member) => member.look(FIGURES_MS)));
    return this.figures().counters;
  }

  /** What all members have counted, as they last said. */
  figures(): MemberFigures {
    const living = [...this.#members].flatMap(({ figures }) => (figures === null ? [] : [figures]));
    const total = sumOf([this.#departed, ...living]);
    const errors = { ...total.counters.errors, 'max-clients': this.turnedAway };
    return { ...total, counters: { ...total.counters, errors } };
  }

  /** Ends every connection: idle ones at once, busy ones when they have their replies, all after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    clearInterval(this.#lookTimer);
    const drained = [...this.#members].map((member) => this.#askOne(member, 'drain', { graceMs }, graceMs + ANSWER_MS));
    await Promise.all(drained);
  }

  reload(): void {
    this.#tell('reload', null);
  }

  async #closeAll(): Promise<void> {
    this.#heldClients = 0;
    const held = await this.#ask('hold', { round: this.#round }, LONGEST_HOLD_MS);
    this.#heldClients = sum(held);
  }

  async #redirect(target: NodeId, isHeld: boolean, done: () => void): Promise<void> {
    const change = this.#begin(target);
    // Behind closed gates nobody writes on the new master yet; else all leave the old one first.
    if (!isHeld && !this.#isWithdrawn) await this.#order('withdraw', null);
    if (change !== this.#change) return;
    this.#isWithdrawn = false;
    const held = await this.#order('redirect', { round: isHeld ? this.#round : 0, target });
    if (isHeld) this.#heldClients = sum(held);
    if (change === this.#change) done();
  }

  #begin(master: NodeId | null): number {
    this.#master = master;
    return ++this.#change;
  }

  #endRound(): void {
    this.#round = 0;
    for (const join of this.#waiting.values()) join();
    this.#waiting.clear();
  }

  #stateNow(): JoinState {
    return { master: this.#master, pause: null, handMs: Math.max(0, this.#handUntil - this.#now()) };
  }

  #tell<Name extends keyof Orders>(name: Name, words: Orders[Name]['ask']): void {
    for (const member of this.#members) member.tell(name, words);
  }

  /** Asks all; those who are gone meanwhile are left out. Rejects when one refuses or is silent. */
  async #ask<Name extends keyof Orders>(
    name: Name,
    words: Orders[Name]['ask'],
    timeoutMs: number,
  ): Promise<readonly Orders[Name]['answer'][]> {
    const answers = [...this.#members].map(async (member) => {
      try {
        return [await member.ask(name, words, timeoutMs)];
      } catch (error) {
        if (error instanceof DialogueError && error.kind === 'gone') return [];
        throw new Error(`${member.name}: ${String(error)}`, { cause: error });
      }
    });
    return (await Promise.all(answers)).flat();
  }

  /** Sees to it that all have done it, or can do nothing any more. Never rejects. */
  async #order<Name extends keyof Orders>(
    name: Name,
    words: Orders[Name]['ask'],
  ): Promise<readonly Orders[Name]['answer'][]> {
    const answers = [...this.#members].map(async (member) => {
      try {
        return [await member.ask(name, words, ANSWER_MS)];
      } catch (error) {
        if (!(error instanceof DialogueError && error.kind === 'gone')) {
          this.#log.error({ member: member.name, order: name, err: error }, 'a member is ended: it did not obey');
        }
        await member.end();
        return [];
      }
    });
    return (await Promise.all(answers)).flat();
  }

  /** @returns null when it does not answer. */
  async #askOne<Name extends keyof Orders>(
    member: RemoteMember,
    name: Name,
    words: Orders[Name]['ask'],
    timeoutMs = ANSWER_MS,
  ): Promise<Orders[Name]['answer'] | null> {
    try {
      return await member.ask(name, words, timeoutMs);
    } catch {
      return null;
    }
  }

  async #lookAfter(): Promise<void> {
    const looks = [...this.#members].map(async (member) => {
      if ((await member.watch(ANSWER_MS)) < SILENCES_MAX) return;
      this.#log.error({ member: member.name }, 'a member is ended: it stands still');
      await member.end();
    });
    await Promise.all(looks);
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
