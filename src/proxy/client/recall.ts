import { Effect, Route, UNANSWERED, type CommandInfo } from '../../command/command-info.js';
import { encodeRequest } from '../../resp/encode.js';
import { FrameType, ReplyScanner } from '../../resp/reply-scanner.js';
import type { Rewind } from '../private/rewind.js';
import type { NodeLinks } from '../upstream/node-links.js';
import type { Reader, ReplySink, SentRequest } from '../upstream/reply-sink.js';
import type { Upstream } from '../upstream/upstream.js';
import type { Client } from './client.js';
import { Resending } from './resending.js';

/** Stands in the client's input for a request of which nobody knows whether it has run. */
const UNANSWERED_REQUEST = encodeRequest([UNANSWERED]);
/** Replies that may have to be passed on after all are kept up to this many bytes. */
const MAX_GATHERED_BYTES = 1024 * 1024;

/** One request, and what has become of it. */
interface Recalled {
  readonly number: number;
  readonly bytes: Buffer;
  readonly info: CommandInfo;
  /** It may run twice; or its reply tells that it was queued, and what becomes of it is told by another one's. */
  readonly repeatable: boolean;
  /** Where it ends in what the connection was given. */
  readonly end: number;
  /** Who takes its reply if it is not sent again. */
  readonly sink: ReplySink;
  fate: 'awaited' | 'refused' | 'answered' | 'lost';
  /** What the server said, as long as it may have to be passed on. */
  said: Buffer[];
}

/**
 * One client's requests on a connection that is not to be used any more: those that have not run are taken back and sent to the
 * master as it is known then, in their order, and so are the reads behind them.
 *
 * 1. Replies pass, as long as they are replies.
 * 2. The first refusal, or the loss of the connection: from this request on, what the server says is gathered.
 * 3. All have been answered or lost, and it has been looked who the master is: the client gets its requests back
 *    ({@link Client.unread}), as if it had not sent them yet. For one that may have run, and must not run twice, a mark comes
 *    back, which is answered with OUTCOMEUNKNOWN in its turn.
 *
 * - A write behind a refused one has run: no order could be kept, and the client gets what the server said.
 * - The same where a request was taken back too often, or for too long ({@link Resending}); and where a script was refused by
 *   a node that does not say the same (`RefusedRequests`): scripts can say what they like.
 */
export class Recall implements ReplySink {
  readonly #client: Client;
  readonly #upstream: Upstream;
  readonly #requests: readonly Recalled[];
  /** What becomes of the connection of the client's own; null: it was a lane. */
  readonly #rewind: Rewind | null;
  /** Each request stands for itself: none was queued in a transaction. */
  readonly #isPlain: boolean;
  /** Where the connection led to, if that was the master; null: it was not. */
  readonly #links: NodeLinks | null;
  readonly #scanner = new ReplyScanner();
  /** Which request is answered next. */
  #at = 0;
  /** The first one that is taken back; -1: none yet. */
  #from = -1;
  #gatheredBytes = 0;

  private constructor(client: Client, upstream: Upstream, requests: readonly Recalled[], rewind: Rewind | null) {
    const { links } = client.shard;
    this.#client = client;
    this.#upstream = upstream;
    this.#requests = requests;
    this.#rewind = rewind;
    this.#isPlain = rewind?.isPlain !== false;
    this.#links = links?.owns(upstream) === true ? links : null;
  }

  /** @returns null when they can not be taken back: not all of them are the client's, or kept, or of a kind that can be repeated. */
  static of(client: Client, sent: readonly SentRequest[], upstream: Upstream): Recall | null {
    // An errand that stands between them would be answered out of turn.
    if (sent.length !== client.outstanding || client.closing) return null;
    const { link, shard } = client;
    const rewind = link?.upstream === upstream ? link.rewind() : null;
    if (link !== null && rewind === null) return null;
    const requests: Recalled[] = [];
    for (const { number, kept, sink } of sent) {
      if (kept === null) return null;
      const { bytes, end } = kept;
      const info = shard.table.of(bytes);
      const role = rewind === null ? 'plain' : rewind.roleOf(number, info);
      if (role === 'unknown') return null;
      const repeatable = role === 'queued' || (role === 'plain' && info.repeatable);
      requests.push({ number, bytes, info, repeatable, end, sink, fate: 'awaited', said: [] });
    }
    return new Recall(client, upstream, requests, rewind);
  }

  get output(): Reader {
    return this.#client.output;
  }

  onReply(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end;) {
      const stop = this.#scanner.scan(bytes, at, end);
      const to = stop < 0 ? end : stop;
      this.#take(bytes.subarray(at, to), stop >= 0);
      at = to;
    }
  }

  onRefused(refusal: Buffer): void {
    const request = this.#requests[this.#at];
    if (request === undefined) return;
    if (this.#from < 0 && this.#rewind?.canGoTo(request.number) === false) {
      this.#take(refusal, true);
      return;
    }
    request.fate = 'refused';
    this.#gather(request, refusal, true);
  }

  onLost(frames: number, begun: boolean): void {
    for (let each = 0; each < frames; each++) {
      const request = this.#requests[this.#at];
      if (request === undefined) return;
      const isBegun = begun && each === 0;
      const isSure = request.repeatable || request.end > this.#upstream.mayHaveLeft;
      if (isBegun || !this.#isPlain || (this.#from < 0 && !isSure)) {
        this.#passGathered();
        this.#at++;
        request.sink.onLost(1, isBegun);
        continue;
      }
      request.fate = 'lost';
      this.#gather(request, NONE, true);
    }
  }

  /** A reply, or a piece of one. */
  #take(bytes: Buffer, ended: boolean): void {
    const request = this.#requests[this.#at];
    if (request === undefined) return;
    if (ended && this.#from < 0 && this.#rewind?.isRefusal(request.number, request.info, bytes) === true) {
      request.fate = 'refused';
      this.#gather(request, bytes, true);
      return;
    }
    if (this.#from >= 0 && (request.repeatable || endsRefused(request.info, bytes))) {
      request.fate = 'answered';
      this.#gather(request, bytes, ended);
      return;
    }
    this.#passGathered();
    if (ended) this.#at++;
    request.sink.onReply(bytes, 0, bytes.length, ended ? 1 : 0);
    if (this.#at === this.#requests.length) this.#upstream.endRecall();
  }

  #gather(request: Recalled, said: Buffer, ended: boolean): void {
    if (this.#from < 0) this.#from = this.#at;
    if (ended) this.#at++;
    request.said.push(Buffer.from(said));
    this.#gatheredBytes += said.length;
    if (this.#gatheredBytes > MAX_GATHERED_BYTES) this.#gatherNoMore();
    if (this.#at < this.#requests.length) return;
    if (this.#from < 0) this.#upstream.endRecall();
    else this.#decide();
  }

  /** Reads alone are still to come: what was said to others will not be needed. Otherwise it might be, and is passed on now. */
  #gatherNoMore(): void {
    if (!this.#requests.slice(this.#at).every(({ repeatable }) => repeatable)) {
      this.#passGathered();
      return;
    }
    for (const request of this.#requests) if (request.fate === 'answered') request.said = [];
    this.#gatheredBytes = 0;
  }

  /** Everything is said as the server said it. */
  #passGathered(): void {
    if (this.#from < 0) return;
    const requests = this.#requests.slice(this.#from, this.#at + 1);
    const whole = this.#at - this.#from;
    this.#from = -1;
    this.#gatheredBytes = 0;
    for (const [at, { said, sink }] of requests.entries()) {
      const bytes = Buffer.concat(said);
      if (bytes.length > 0) sink.onReply(bytes, 0, bytes.length, at < whole ? 1 : 0);
      else if (at < whole) sink.onLost(1, false);
    }
  }

  #decide(): void {
    const { doubt, refused } = this.#client.shard;
    const refusals = this.#requests.filter(({ fate }) => fate === 'refused');
    if (refusals.length === 0) {
      this.#conclude(true);
    } else if (this.#links !== null && refusals.some(({ info }) => saysWhatItLikes(info))) {
      void refused.haveNotRun(this.#links).then((isSure) => doubt.whenSettled(() => this.#conclude(isSure)));
    } else {
      doubt.whenSettled(() => this.#conclude(true));
    }
  }

  /** @param isSure what was refused has not run. */
  #conclude(isSure: boolean): void {
    const client = this.#client;
    if (client.closing) return;
    const again = this.#requests.slice(this.#from);
    const [first] = again;
    if (first === undefined) return;
    const resending = Resending.of(client, this.#upstream, first.number);
    const isLost = again.some(({ fate }) => fate === 'lost');
    if (!resending.mayGoOn(isLost) || !isSure) {
      client.resending = null;
      this.#passGathered();
      this.#upstream.endRecall();
      return;
    }
    client.resending = resending;
    client.unread(again.map((request) => (this.#mayHaveRun(request) ? UNANSWERED_REQUEST : request.bytes)));
    client.unanswered += again.filter((request) => this.#mayHaveRun(request)).length;
    this.#rewind?.goTo(first.number);
  }

  #mayHaveRun({ fate, repeatable, end }: Recalled): boolean {
    return fate === 'lost' && !repeatable && end <= this.#upstream.mayHaveLeft;
  }
}

/** Whether a script answers, whose words prove nothing. */
export function saysWhatItLikes({ route, name }: CommandInfo): boolean {
  return route === Route.Script || name === 'evalsha' || name === 'fcall';
}

/** EXEC behind a command that was refused while it was to be queued. */
function endsRefused({ effect }: CommandInfo, reply: Buffer): boolean {
  return effect === Effect.Exec && reply[0] === FrameType.Error && reply.toString('latin1', 0, 11) === '-EXECABORT ';
}

const NONE = Buffer.alloc(0);
