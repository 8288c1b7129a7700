import type { NodeId } from '../../config/node-address.js';

/** A call that waits in a server, as the line sees it. */
export interface LinedUp {
  /** What it waits for: keys of a database. None: it is served by nobody's turn (WAIT). */
  readonly keys: readonly string[];
  /** It waits in this very node, and can go on waiting there. */
  isAt(node: NodeId): boolean;
  /** Sends the call to the master. */
  issue(): void;
  /** The master moved long ago, and the call may still be with the old one. */
  onOverdue(): void;
  /** There has been no master for longer than commands wait. */
  onOutageOver(): void;
}

/** Who waits for one key since the master moved, in order; those before `next` have gone on. */
interface Queue {
  readonly calls: LinedUp[];
  next: number;
}

/**
 * How long a call may hold up those that began to wait after it. A demotion and a new connection take a few
 * milliseconds; one link that hangs must not keep all others from their elements.
 */
const MAX_MOVE_MS = 500;

/**
 * The blocked calls of all clients, in the order in which they began to wait. A server serves a key's waiters in the order
 * in which they came, and at a new master they all come anew.
 *
 * 1. While the master stays, calls come and go here and nothing else happens.
 * 2. The master moves: all calls are *due*, to be issued there; each has its place in the queue of each of its keys.
 * 3. The old master lets go of a call and its client gets a connection to the new one: it has *arrived*. It is issued when
 *    no call before it in any of its queues is due; so are the ones behind it, at once. (The server has answered on each of
 *    these connections before: it reads from those that it knows before it looks who else has come.)
 * 4. A new call lines up only if it shares a key with one that is due.
 * 5. After {@link MAX_MOVE_MS} nobody waits for anybody any more.
 */
export class BlockedLine {
  /** In order: a Set keeps it, and a call that ends leaves in O(1). */
  readonly #calls = new Set<LinedUp>();
  readonly #due = new Set<LinedUp>();
  readonly #arrived = new Set<LinedUp>();
  readonly #queues = new Map<string, Queue>();
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** The master moved a moment ago. */
  get moving(): boolean {
    return this.#timer !== null;
  }

  /** A new call: it is issued, or takes its place in line. */
  join(call: LinedUp): void {
    this.#calls.add(call);
    if (call.keys.some((key) => this.#queues.has(key))) this.#lineUp(call);
    this.arrive(call);
  }

  /** The call has a connection to the master. */
  arrive(call: LinedUp): void {
    if (!this.#due.has(call)) {
      call.issue();
      return;
    }
    this.#arrived.add(call);
    this.#issueFrom(call);
  }

  /** The call has ended, or its client is gone. */
  leave(call: LinedUp): void {
    this.#calls.delete(call);
    this.#goOnWithout(call);
    this.wake();
  }

  /** Everybody waits for the new master now, in the old order. */
  onMasterMoved(master: NodeId): void {
    this.#forgetMove();
    if (this.#calls.size === 0) return;
    for (const call of this.#calls) if (call.keys.length > 0 && !call.isAt(master)) this.#lineUp(call);
    this.#timer = setTimeout(() => this.#giveUp(), MAX_MOVE_MS).unref();
  }

  onOutageOver(): void {
    for (const call of this.#calls) call.onOutageOver();
  }

  /** Calls `wake` once, when some call has gone on; at the latest when nobody waits for anybody any more. */
  onceChanged(wake: () => void): void {
    this.#waiting.push(wake);
  }

  /** A call has gone on. */
  wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  destroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #lineUp(call: LinedUp): void {
    this.#due.add(call);
    for (const key of call.keys) {
      const queue = this.#queues.get(key);
      if (queue === undefined) this.#queues.set(key, { calls: [call], next: 0 });
      else queue.calls.push(call);
    }
  }

  /** Issues the call if it is its turn, and then whose turn it has become. */
  #issueFrom(first: LinedUp): void {
    const candidates = [first];
    for (let call = candidates.pop(); call !== undefined; call = candidates.pop()) {
      if (!this.#arrived.has(call) || !call.keys.every((key) => this.#front(key) === call)) continue;
      this.#due.delete(call);
      this.#arrived.delete(call);
      call.issue();
      candidates.push(...this.#behind(call));
    }
    if (this.#due.size === 0) this.#queues.clear();
  }

  #goOnWithout(call: LinedUp): void {
    this.#arrived.delete(call);
    if (!this.#due.delete(call)) return;
    for (const next of this.#behind(call)) this.#issueFrom(next);
    if (this.#due.size === 0) this.#queues.clear();
  }

  /** Who stands first in the call's queues now. */
  #behind(call: LinedUp): LinedUp[] {
    return call.keys.flatMap((key) => this.#front(key) ?? []);
  }

  #front(key: string): LinedUp | undefined {
    const queue = this.#queues.get(key);
    if (queue === undefined) return undefined;
    for (; queue.next < queue.calls.length; queue.next++) {
      const call = queue.calls[queue.next];
      if (call !== undefined && this.#due.has(call)) return call;
    }
    this.#queues.delete(key);
    return undefined;
  }

  #giveUp(): void {
    const arrived = [...this.#calls].filter((call) => this.#arrived.has(call));
    this.#forgetMove();
    for (const call of arrived) call.issue();
    for (const call of this.#calls) call.onOverdue();
    this.wake();
  }

  #forgetMove(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#due.clear();
    this.#arrived.clear();
    this.#queues.clear();
  }
}
