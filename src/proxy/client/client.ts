import type { Socket } from 'node:net';
import { Route } from '../../command/command-info.js';
import { CLIENT_ERRORS, type ClientErrorCode } from '../../errors/error-table.js';
import { encodeError } from '../../resp/encode.js';
import { RequestScanner, Scan } from '../../resp/request-scanner.js';
import { newSession, type Session } from '../../session/session.js';
import { HALF_CLOSED_MS, waitingBytes, type Waiting } from './client-limits.js';
import { disconnect } from './disconnect.js';
import { endWithin } from './ending.js';
import { beginLarge, type LargeRequest } from './large-request.js';
import { Faucet } from './faucet.js';
import { Recall } from './recall.js';
import type { Resending } from './resending.js';
import type { Held } from '../gate/gate.js';
import { GatePass } from '../gate/gate-pass.js';
import { rewriteInline } from './inline-request.js';
import { InputBuffer } from './input-buffer.js';
import { Output } from './output.js';
import type { Ends } from '../entrance/peer-address.js';
import type { Source } from '../entrance/source.js';
import type { PrivateLink } from '../private/private-link.js';
import { QuickRoute } from './quick-route.js';
import { refuseGarbage } from './refuse-garbage.js';
import type { ReplySink, Sender, SentRequest } from '../upstream/reply-sink.js';
import { passEmpty, routeSlowly } from './slow-route.js';
import type { Shard } from '../shard.js';
import type { TurnWork } from '../turn.js';
import type { Upstream } from '../upstream/upstream.js';

/**
 * One application connection.
 *
 * 1. A chunk arrives; the scanner finds the next whole request in it.
 * 2. The command table says what it is. Stateless commands, nearly all, take the short way: gate, lane, next
 *    (`quick-route.ts`). The rest goes to `slow-route.ts`.
 * 3. Whatever can not go on now makes the client wait ({@link Waiting}): nothing further is parsed, what arrives stays in
 *    the input buffer, and when that is full in the socket. When the reason is gone the same request is looked at again.
 * 4. Replies come back through {@link Client.onReply} in the order of the requests, because a client has unanswered
 *    requests on one upstream at a time.
 */
export class Client implements ReplySink, Sender, Held, TurnWork {
  readonly id: number;
  readonly shard: Shard;
  readonly addr: string;
  readonly laddr: string;
  readonly session: Session;
  readonly connectedAt: number;
  lastActiveAt: number;
  lastCommand = '';
  /** Why the upstream that the client waited for can not be had: the error that answers the request at hand. */
  upstreamFailure: Buffer | null = null;
  /** Where its plain commands went last, and go while it is open; changed only when no reply is outstanding elsewhere. */
  lane: Upstream | null = null;
  /** Replies that are still to come for this client. */
  outstanding = 0;
  closed = false;
  /** The oldest request that was taken back and sent again. */
  resending: Resending | null = null;
  /** So many marks stand in the input for requests that may have run (`Recall`). */
  unanswered = 0;
  /** Invalidations of another client's tracking are redirected here: only a connection of its own can receive them. */
  isRedirectTarget = false;
  /** Of clients of other processes, to which this one's tracking is redirected: the servers' numbers of their connections. */
  distantTargets: Map<string, number> | null = null;
  readonly output: Output;
  readonly scanner: RequestScanner;
  /** What it has said and nobody has looked at. */
  readonly input = new InputBuffer();
  readonly pass: GatePass;
  readonly #socket: Socket;
  #waiting: Waiting = 'nothing';
  readonly #faucet: Faucet;
  readonly #quick = new QuickRoute(this);
  #link: PrivateLink | null = null;
  #large: LargeRequest | null = null;
  #scheduled = false;
  #ended = false;
  #closing = false;

  constructor(source: Source, shard: Shard, { addr, laddr }: Ends, id: number) {
    const socket = source((bytes, size, lent) => this.#onBytes(bytes, size, lent));
    this.id = id;
    this.shard = shard;
    this.session = newSession(shard.defaultUser.identity);
    this.#socket = socket;
    this.pass = new GatePass(shard, this);
    this.#faucet = new Faucet(socket);
    this.output = new Output(socket, this);
    this.connectedAt = shard.options.now();
    this.lastActiveAt = this.connectedAt;
    this.addr = addr;
    this.laddr = laddr;
    this.scanner = new RequestScanner({ maxBulkBytes: shard.options.maxRequestBytes });
    shard.defaultUser.greet(this);
    socket.on('drain', () => this.resume('output'));
    socket.on('end', () => {
      this.#ended = true;
      // What a blocked call took would be lost on a client that is gone; a server ends the wait in this case too.
      if (this.#waiting === 'blocked') this.destroy();
      else this.#finishIfDone();
      endWithin(socket, HALF_CLOSED_MS);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#onClose());
  }

  /** The private link, while the client holds state that needs one. */
  get link(): PrivateLink | null {
    return this.#link;
  }

  set link(link: PrivateLink | null) {
    this.#link = link;
    if (link === null) this.shard.linked.delete(this);
    else this.shard.linked.add(this);
  }

  get sender(): Sender {
    return this;
  }

  get waitsFor(): Waiting {
    return this.#waiting;
  }

  /** It has not said who it is, and the server wants to know: so it may send and keep little. */
  get unauthenticated(): boolean {
    return this.scanner.unauthenticated;
  }

  /** Memory that the client occupies with what has not gone on yet, bytes. */
  get keptBytes(): number {
    return this.input.memory + this.output.unsent + (this.#link?.keptBytes ?? 0);
  }

  /** Owes nothing and is owed nothing: the connection can end unnoticed. */
  get idle(): boolean {
    const isSilent = this.outstanding === 0 && this.#large === null && this.input.length === 0;
    return isSilent && this.#waiting === 'nothing' && this.output.empty;
  }

  /** What it still sends is dropped; the connection is about to end. */
  get closing(): boolean {
    return this.#closing || this.closed;
  }

  /** Answers with bytes of the proxy's own. */
  reply(bytes: Buffer): void {
    if (!this.closed) this.output.write(bytes);
  }

  /** Answers with an error of the proxy's own, and counts it. */
  fail(code: ClientErrorCode, text: string = CLIENT_ERRORS[code]): void {
    this.shard.stats.errors[code]++;
    this.reply(encodeError(text));
  }

  /** Stops parsing until {@link resume}; the request at hand is looked at again then, unless it was consumed. */
  wait(reason: Waiting): void {
    this.#waiting = reason;
    if (reason === 'blocked' && this.#ended) this.destroy();
  }

  /**
   * The reason to wait is gone: parse on, at the end of this turn. Whoever waits for something else by now stays: the
   * thing that woke the client may be one that it has given up waiting for.
   */
  resume(from: Waiting): void {
    if (this.#waiting !== from) return;
    this.#waiting = 'nothing';
    if (this.#scheduled || this.closed) return;
    this.#scheduled = true;
    this.shard.turn.add(this);
  }

  /** No more requests; the connection ends when what was written has left and the client has closed too, or in a while. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#faucet.open = true;
    this.output.end();
  }

  destroy(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  /**
   * Asks the gate. @returns false when the command must wait; then the client stands in the gate's line.
   */
  passGate(write: boolean): boolean {
    if (this.pass.tryPass(write)) return true;
    this.#waiting = 'held';
    return false;
  }

  onGateChange(): void {
    this.#waiting = 'nothing';
    if (!this.closed) this.#parse();
  }

  onTurnEnd(): void {
    this.#scheduled = false;
    if (!this.closed && this.#waiting === 'nothing') this.#parse();
  }

  onReply(bytes: Buffer, start: number, end: number, frames: number): void {
    this.outstanding -= frames;
    if (this.closed) return;
    // The upstream reuses its read buffer: what is not copied now is overwritten by the next read.
    this.output.writeCopy(bytes, start, end);
    if (this.outstanding === 0) this.#allAnswered();
  }

  onLost(frames: number, begun: boolean): void {
    this.outstanding -= frames;
    if (this.closed) return;
    if (begun) {
      // Half a reply has been passed on; nothing that follows could be understood.
      disconnect(this, 'half-reply', 'at-once');
      return;
    }
    for (let frame = 0; frame < frames; frame++) this.fail('outcome-unknown');
    if (this.outstanding === 0) this.#allAnswered();
  }

  recall(requests: readonly SentRequest[], upstream: Upstream): ReplySink | null {
    return Recall.of(this, requests, upstream);
  }

  /** These were sent, and are to be sent anew, before everything else; what stood at the front has not begun to be sent. */
  unread(requests: readonly Buffer[]): void {
    this.outstanding -= requests.length;
    this.input.prepend(Buffer.concat(requests));
    this.scanner.forget();
    this.#large = null;
    this.lane = null;
    this.shard.gate.forget(this);
    this.resume(this.#waiting);
  }

  #onBytes(bytes: Buffer, size: number, lent: boolean): void {
    const { scanner, input } = this;
    for (let at = 0; at < size && !this.#closing;) {
      at = input.take(bytes, at, size, lent, scanner.expectedBytes);
      if (this.#waiting === 'nothing') this.#parse();
      else if (input.length > waitingBytes(this.#waiting)) this.#faucet.open = false;
    }
    input.settle(scanner.expectedBytes);
  }

  #parse(): void {
    const input = this.input;
    this.lastActiveAt = this.shard.options.now();
    if (this.output.high) this.wait('output');
    try {
      this.#takeRequests();
    } finally {
      // Whatever happens: a lane that expects more than it was given would answer one client with another's reply.
      this.#quick.endRun();
    }
    input.release();
    const hasRoom = this.#large === null && input.length <= waitingBytes(this.#waiting);
    this.#faucet.open = this.#waiting === 'nothing' || hasRoom;
    if (this.#ended) this.#finishIfDone();
  }

  #takeRequests(): void {
    const { shard, scanner, input } = this;
    while (input.start < input.end && this.#waiting === 'nothing' && !this.#closing) {
      if (this.#large !== null) {
        if (!this.#large.take(input)) break;
        if (this.#large.done) this.#large = null;
        continue;
      }
      const found = scanner.scan(input.bytes, input.start, input.end);
      const info = found === Scan.Complete ? shard.table.resolve(input.bytes, scanner) : null;
      if (info !== null) {
        this.lastCommand = info.name;
        if (info.route === Route.Lane && this.#link === null && this.#quick.send(info)) continue;
      }
      this.#quick.endRun();
      if (this.#waiting !== 'nothing') break;
      if (info !== null) {
        if (routeSlowly(this, info, input.frame(scanner.frameEnd))) {
          input.start = scanner.frameEnd;
          if (this.outstanding > 0) this.resending?.sentOver(this.#link?.upstream ?? this.lane);
        }
      } else if (found === Scan.Partial) {
        this.#large = beginLarge(this);
        if (this.#large === null) break;
      } else if (found === Scan.Empty) {
        passEmpty(this);
      } else if (found === Scan.Inline) {
        if (!rewriteInline(input, scanner.frameEnd, scanner.unauthenticated))
          refuseGarbage(this, 'Protocol error: unbalanced quotes in request');
      } else {
        refuseGarbage(this, scanner.error);
        break;
      }
      if (this.#waiting === 'nothing' && this.output.high) this.wait('output');
    }
  }

  #allAnswered(): void {
    this.link?.onAllAnswered();
    this.resume('replies');
    if (this.#ended) this.#finishIfDone();
  }

  /** The client has said all it will say; what it is still owed is sent before the connection ends. */
  #finishIfDone(): void {
    // What has arrived is parsed at the end of the turn.
    if (this.#waiting !== 'nothing' || this.#scheduled) return;
    if (this.#large !== null) this.destroy();
    else if (this.outstanding === 0) this.close();
  }

  #onClose(): void {
    this.closed = true;
    this.shard.clients.delete(this.id);
    this.shard.lanes.leave(this);
    this.pass.leave();
    this.#large?.abandon();
    this.link?.abandon();
    this.link = null;
    this.lane = null;
  }
}
