import { Effect, type CommandInfo } from '../../command/command-info.js';
import type { Transaction } from '../../session/transaction.js';
import type { Upstream } from '../upstream/upstream.js';
import type { PrivateLink } from './private-link.js';

/** A transaction, and where its requests stand among all that were sent over its connection. */
interface SentTransaction {
  readonly transaction: Transaction;
  /** The number of MULTI. */
  readonly first: number;
  /** The number of EXEC or DISCARD. */
  last: number;
}

/** What a request is in the eyes of the server: one that runs, one that is queued, or EXEC. */
type RequestRole = 'plain' | 'queued' | 'exec' | 'unknown';

/** The transactions that were sent over a client's own connection, as long as something of them may come back. */
export class SentTransactions {
  /** The queue of the last one was sent anew, to a node that is not the master: EXEC will say so in other words. */
  isQueueRefused = false;
  #all: SentTransaction[] = [];
  #upstream: Upstream | null = null;

  /** MULTI, and what was queued behind it, are about to be sent, or have been: MULTI has the number `first`. */
  begin(transaction: Transaction, upstream: Upstream, first: number): void {
    this.#all = [...this.underWay(upstream), { transaction, first, last: Number.POSITIVE_INFINITY }];
    this.#upstream = upstream;
    this.isQueueRefused = false;
  }

  /** EXEC or DISCARD is about to be sent. */
  end(upstream: Upstream): void {
    const open = this.#all.at(-1);
    if (open !== undefined && this.#upstream === upstream) open.last = Math.min(open.last, upstream.sent);
  }

  /** Those that are open on the connection, or not answered. */
  underWay(upstream: Upstream): readonly SentTransaction[] {
    if (this.#upstream !== upstream) return [];
    const answered = upstream.sent - upstream.inFlight;
    return this.#all.filter(({ last }) => last >= answered);
  }
}

/**
 * Takes a private link back to where it was before some of its requests were sent. What the client had left on the connection by
 * then is built up on the next one (`moving.ts`); a transaction goes on with what had been queued by then.
 */
export class Rewind {
  readonly #link: PrivateLink;
  readonly #transactions: readonly SentTransaction[];

  constructor(link: PrivateLink) {
    this.#link = link;
    this.#transactions = link.transactions.underWay(link.upstream);
  }

  /** EXEC, request `number`, was refused in these words because the queue before it was. */
  isRefusal(number: number, { effect }: CommandInfo, reply: Buffer): boolean {
    if (!this.#link.transactions.isQueueRefused || effect !== Effect.Exec || !this.canGoTo(number)) return false;
    return reply.toString('latin1').startsWith('-EXECABORT ');
  }

  /** No transaction is under way: each request stands for itself. */
  get isPlain(): boolean {
    return this.#transactions.length === 0;
  }

  /** `unknown`: what it has done to the connection can not be undone. */
  roleOf(number: number, { effect }: CommandInfo): RequestRole {
    const isInside = this.#around(number) !== null;
    if (effect === Effect.Exec) return isInside ? 'exec' : 'unknown';
    if (effect === Effect.None) return isInside ? 'queued' : 'plain';
    // What MULTI was told, its transaction is told once more.
    return effect === Effect.Multi && !isInside ? 'queued' : 'unknown';
  }

  /** Whether the link can be taken back to where request `number` was not sent yet. */
  canGoTo(number: number): boolean {
    const around = this.#around(number);
    if (around === null) return true;
    const { transaction, first, last } = around;
    const queued = Math.min(last, this.#link.upstream.sent) - first - 1;
    // What else was sent in between is not the client's, and would be taken for its own.
    return transaction.queue !== null && transaction.outcomes.size === 0 && transaction.length === queued;
  }

  /** Takes it back there. The requests from there on are the client's again. */
  goTo(number: number): void {
    const { state } = this.#link;
    const around = this.#around(number);
    const next = around ?? this.#transactions.find(({ first }) => first >= number) ?? null;
    around?.transaction.truncate(number - around.first - 1);
    state.rewind(around?.transaction ?? null, next === null ? state.watching : next.transaction.watches.length > 0);
    this.#link.rewound();
  }

  /** The transaction in which request `number` stands: behind MULTI, up to EXEC. */
  #around(number: number): SentTransaction | null {
    return this.#transactions.find(({ first, last }) => first < number && number <= last) ?? null;
  }
}
