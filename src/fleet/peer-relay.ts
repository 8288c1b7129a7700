import type { HoldMode } from '../proxy/gate/gate.js';
import type { PeerQuestions } from '../proxy/peers.js';
import type { Members } from './members.js';
import type { JoinState, PeerRequest } from './protocol.js';
import type { RemoteMember } from './remote-member.js';

/** A member that stands still keeps a client's question to all from being answered no longer. */
const OTHERS_MS = 700;

interface Pause {
  readonly endsAt: number;
  readonly mode: HoldMode;
}

/**
 * Passes on what one member asks of all others. Of pauses it keeps what somebody has to know who was not there, or must
 * end that cannot be ended any more by who began it.
 */
export class PeerRelay {
  readonly #members: Members;
  readonly #now: () => number;
  /** Who has announced a pause, and has not concluded it yet. */
  readonly #announced = new Map<RemoteMember, number>();
  #pause: Pause | null = null;

  constructor(members: Members, now: () => number) {
    this.#members = members;
    this.#now = now;
  }

  /** The pause that is on, for those who join. */
  get pause(): JoinState['pause'] {
    if (this.#pause === null) return null;
    const leftMs = this.#pause.endsAt - this.#now();
    return leftMs > 0 ? { leftMs, mode: this.#pause.mode } : null;
  }

  /** @returns the answers of those who gave one. */
  async pass(from: RemoteMember, request: PeerRequest): Promise<readonly unknown[]> {
    this.#note(from, request);
    const others = this.#members.all().filter((member) => member !== from);
    const answers = await this.#members.askWhoAnswers('peer', request, OTHERS_MS, others);
    return answers.map(({ answer }) => answer);
  }

  /** Nobody concludes what this member has announced. */
  departed(member: RemoteMember): void {
    const open = this.#announced.get(member) ?? 0;
    this.#announced.delete(member);
    for (let each = 0; each < open; each++) this.#members.tell('peer', { name: 'concludePause', words: null });
  }

  #note(from: RemoteMember, { name, words }: PeerRequest): void {
    const open = this.#announced.get(from) ?? 0;
    if (name === 'announcePause') this.#announced.set(from, open + 1);
    else if (name === 'concludePause') this.#announced.set(from, Math.max(0, open - 1));
    else if (name === 'endPause') this.#pause = null;
    else if (name === 'beginPause') this.#begin(words as PeerQuestions['beginPause']['ask']);
  }

  /** As `ClientPause`: the later end and the stricter mode win. */
  #begin({ ms, mode }: PeerQuestions['beginPause']['ask']): void {
    const before = this.pause;
    const endsAt = this.#now() + Math.max(ms, before?.leftMs ?? 0);
    this.#pause = { endsAt, mode: mode === 'all' || before?.mode === 'all' ? 'all' : 'writes' };
  }
}
