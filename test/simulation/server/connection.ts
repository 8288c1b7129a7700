import Parser from 'redis-parser';
import type { Endpoint } from '../world/endpoint.js';
import type { SimEvent } from '../world/event-queue.js';
import { encodeAnswer, type Answer } from './answer.js';

/** A call that waits for an element. */
export interface BlockedPop {
  readonly keys: readonly string[];
  readonly timer: SimEvent | null;
}

/** What a server keeps of one connection. */
export class ServerConnection {
  readonly id: number;
  readonly endpoint: Endpoint;
  name = '';
  db = 0;
  /** What EXEC will run; null outside of MULTI. */
  queue: (readonly string[])[] | null = null;
  /** A command was refused while it was queued. */
  spoiled = false;
  /** A watched key has changed. */
  dirty = false;
  readonly watched = new Set<string>();
  readonly channels = new Set<string>();
  blocked: BlockedPop | null = null;
  /** Held by CLIENT PAUSE. */
  postponed = false;
  /** A replica: from where on it has the stream, and what it is called. */
  replica: { readonly address: string; offset: number; online: boolean } | null = null;
  /** Requests that have arrived and did not have their turn. */
  readonly pending: (readonly string[])[] = [];
  readonly #parser: Parser;

  constructor(id: number, endpoint: Endpoint, onRequest: () => void, onGarbage: () => void) {
    this.id = id;
    this.endpoint = endpoint;
    this.#parser = new Parser({
      returnReply: (request: unknown) => {
        this.pending.push((request as readonly unknown[]).map(String));
        onRequest();
      },
      returnError: onGarbage,
      returnFatalError: onGarbage,
    });
  }

  take(bytes: Buffer): void {
    this.#parser.execute(bytes);
  }

  say(answer: Answer): void {
    this.endpoint.send(Buffer.from(encodeAnswer(answer)));
  }

  leaveMulti(): void {
    this.queue = null;
    this.spoiled = false;
    this.unwatch();
  }

  unwatch(): void {
    this.dirty = false;
    this.watched.clear();
  }
}
