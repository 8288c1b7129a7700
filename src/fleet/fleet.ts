import type { NodeId } from '../config/node-address.js';
import type { DataPath, HoldFigures } from '../switchover/ports.js';
import { ANSWER_MS, type Members } from './members.js';
import type { JoinState } from './protocol.js';
import type { RemoteMember } from './remote-member.js';

/** No setting lets a hold last longer; the switch gives up by itself before. */
const LONGEST_HOLD_MS = 600_000;

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
export class Fleet implements DataPath {
  readonly #members: Members;
  /** What holds apart from the switch, for those who join. */
  readonly #otherState: () => Omit<JoinState, 'master'>;
  /** Who joins when the switch is over. */
  readonly #waiting = new Map<RemoteMember, () => void>();
  #master: NodeId | null = null;
  /** Number of the last change of the master: what an older one still waits for does not count any more. */
  #change = 0;
  /** What members have been told; null: nobody, and all have said that they send nothing to any node. */
  #served: NodeId | null = null;
  /** Changes of the master that still wait for all to leave the old one. */
  #leaving = 0;
  /** The switch that is prepared or held; 0: none. */
  #round = 0;
  #lastRound = 0;
  #hold: { readonly drained: Promise<void>; isDrained: boolean } | null = null;
  #heldClients = 0;
  /** At any member, behind the closed gate. */
  #someoneListens = true;

  constructor(members: Members, otherState: () => Omit<JoinState, 'master'>) {
    this.#members = members;
    this.#otherState = otherState;
  }

  get master(): NodeId | null {
    return this.#master;
  }

  /** Settles when the member takes part; while a switch is on, that is when it is over. Rejects when it does not answer. */
  async join(member: RemoteMember): Promise<void> {
    while (this.#round > 0) await new Promise<void>((resolve) => this.#waiting.set(member, resolve));
    this.#members.add(member);
    // Who joins while the others leave the old master hears of the new one with them.
    const master = this.#leaving > 0 ? null : this.#served;
    await member.ask('join', { master, ...this.#otherState() }, ANSWER_MS);
  }

  /** The member sends nothing any more. */
  leave(member: RemoteMember): void {
    this.#waiting.delete(member);
  }

  /** Somebody else made `node` the master; null: there is none. */
  async serve(node: NodeId | null): Promise<void> {
    if (node === this.#master) return;
    if (node === null) {
      this.withdraw();
      return;
    }
    const change = this.#begin(node);
    if (await this.#leaveAll(change)) {
      this.#served = node;
      await this.#members.order('serve', { node });
    }
  }

  async prepare(target: NodeId, timeoutMs: number): Promise<number> {
    this.#beginRound();
    try {
      const opened = await this.#members.ask('prepare', { round: this.#round, target, timeoutMs }, timeoutMs);
      return sum(opened);
    } catch (error) {
      this.discardPrepared();
      throw error;
    }
  }

  discardPrepared(): void {
    this.#members.tell('discardPrepared', null);
    if (this.#hold === null) this.#endRound();
  }

  hold(): void {
    if (this.#hold !== null) throw new Error('the gate is closed by switchover already');
    this.#beginRound();
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
    // The promotion goes out behind this: without it, it goes out sooner, and has nobody to wait for.
    if (!this.#someoneListens) return;
    await this.#members.ask('mark', { round: this.#round, timeoutMs }, timeoutMs);
  }

  redirect(target: NodeId, done: () => void): void {
    const isHeld = this.#hold?.isDrained === true;
    void this.#redirect(target, isHeld, done);
  }

  withdraw(): void {
    void this.#leaveAll(this.#begin(null));
  }

  release(): HoldFigures {
    if (this.#hold === null) throw new Error('the gate is not closed by switchover');
    this.#hold = null;
    void this.#members.insist('release', { round: this.#round });
    this.#endRound();
    return { heldClients: this.#heldClients, heldCommands: this.#heldClients };
  }

  async #closeAll(): Promise<void> {
    this.#heldClients = 0;
    const answers = await this.#members.ask('hold', { round: this.#round }, LONGEST_HOLD_MS);
    this.#heldClients = sum(answers.map(({ heldClients }) => heldClients));
    this.#someoneListens = answers.some(({ someoneListens }) => someoneListens);
  }

  async #redirect(target: NodeId, isHeld: boolean, done: () => void): Promise<void> {
    const change = this.#begin(target);
    // Behind closed gates nobody writes on the new master yet; else all leave the old one first.
    if (!isHeld && !(await this.#leaveAll(change))) return;
    this.#served = target;
    const held = await this.#members.order('redirect', { round: isHeld ? this.#round : 0, target });
    if (isHeld) this.#heldClients = sum(held);
    if (change === this.#change) done();
  }

  /** Settles when nobody sends anything to any node. @returns false when the master has changed again meanwhile. */
  async #leaveAll(change: number): Promise<boolean> {
    if (this.#served === null) return true;
    this.#leaving++;
    await this.#members.order('withdraw', null);
    this.#leaving--;
    if (change !== this.#change) return false;
    this.#served = null;
    return true;
  }

  #begin(master: NodeId | null): number {
    this.#master = master;
    return ++this.#change;
  }

  /** A switch prepares, and holds, more than once where the promotion cuts connections, or a moment was missed. */
  #beginRound(): void {
    if (this.#round === 0) this.#round = ++this.#lastRound;
  }

  #endRound(): void {
    this.#round = 0;
    for (const join of this.#waiting.values()) join();
    this.#waiting.clear();
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
