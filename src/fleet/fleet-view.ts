import type { ClientView, TrafficCounters, TrafficView } from '../admin/ports.js';
import { afterTheEnd, NO_FIGURES, sumOf } from './figures.js';
import type { Members } from './members.js';
import type { MemberFigures, Reports } from './protocol.js';
import type { RemoteMember } from './remote-member.js';

/** Who asks for figures does not wait longer for a member that stands still; what it said last is shown. */
const FIGURES_MS = 500;
/**
 * The same for the page of a worker's own metrics. A page that comes too late is lost, and with it the longest delay of the
 * event loop since the page before; Prometheus itself waits for 10 s.
 */
const METRICS_MS = 2000;

/** What operators see and do of the traffic of all members. */
export class FleetView implements TrafficView {
  /** Connections for which there was no room. */
  turnedAway = 0;
  readonly #members: Members;
  readonly #now: () => number;
  #handUntil = 0;
  #handTimer: NodeJS.Timeout | null = null;
  #departed: MemberFigures = NO_FIGURES;
  #observeHeld: (waitMs: number, result: 'released' | 'failed') => void = () => undefined;

  constructor(members: Members, now: () => number) {
    this.#members = members;
    this.#now = now;
  }

  /** How long writes are still held by hand, ms; 0: they are not. */
  get handMs(): number {
    return this.#handTimer === null ? 0 : Math.max(1, this.#handUntil - this.#now());
  }

  /** Settles when every gate is closed; a member that stands still closes its own before it goes on. */
  async holdByHand(ms: number): Promise<boolean> {
    const isFirst = this.#handTimer === null;
    if (this.#handTimer !== null) clearTimeout(this.#handTimer);
    this.#handUntil = this.#now() + ms;
    this.#handTimer = setTimeout(() => void this.releaseByHand(), ms).unref();
    await this.#members.insist('holdByHand', { ms });
    return isFirst;
  }

  /** Settles when every gate is open. */
  async releaseByHand(): Promise<boolean> {
    if (this.#handTimer === null) return false;
    clearTimeout(this.#handTimer);
    this.#handTimer = null;
    await this.#members.insist('releaseByHand', null);
    return true;
  }

  /** Whoever keeps a gate closed somewhere; that a worker which has just begun does not know its master yet is no outage. */
  gateHolders(): readonly string[] {
    const members = this.#members.all();
    const holders = new Set(members.flatMap((member) => member.holders));
    if (members.every((member) => member.holders.includes('no-master'))) holders.add('no-master');
    else holders.delete('no-master');
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
    const lists = await this.#members.askWhoAnswers('clients', null, FIGURES_MS);
    const all = lists.flatMap(({ member, answer }) => answer.map((client) => ({ ...client, worker: member.name })));
    return all.sort((one, other) => one.id - other.id);
  }

  async counters(): Promise<TrafficCounters> {
    await Promise.all(this.#members.all().map((member) => member.look(FIGURES_MS)));
    return this.figures().counters;
  }

  async workerMetrics(): Promise<readonly string[]> {
    const pages = await this.#members.askWhoAnswers('metrics', null, METRICS_MS);
    return pages.map(({ answer }) => answer);
  }

  /** What all members have counted, as they last said. */
  figures(): MemberFigures {
    const living = this.#members.all().flatMap(({ figures }) => (figures === null ? [] : [figures]));
    const total = sumOf([this.#departed, ...living]);
    const errors = { ...total.counters.errors, 'max-clients': this.turnedAway };
    return { ...total, counters: { ...total.counters, errors } };
  }

  /** The member takes part no more; what it has counted stays. */
  departed({ figures }: RemoteMember): void {
    this.#departed = sumOf([this.#departed, afterTheEnd(figures ?? NO_FIGURES)]);
  }
}
