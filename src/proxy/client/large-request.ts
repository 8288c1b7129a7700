import { Route, type CommandInfo } from '../../command/command-info.js';
import { ReplyScanner, ReplySyntaxError } from '../../resp/reply-scanner.js';
import type { Client } from './client.js';
import { acquireLink, waitForRoom } from './acquire.js';
import { disconnect } from './disconnect.js';
import type { InputBuffer } from './input-buffer.js';
import type { PrivateLink } from '../private/private-link.js';
import type { Reader, ReplySink } from '../upstream/reply-sink.js';
import type { Upstream } from '../upstream/upstream.js';

/** A request larger than this goes over a private link as it arrives, never gathered in memory. */
const LARGE_REQUEST_BYTES = 256 * 1024;
/** A request whose arguments matter is gathered up to this size: room for a million channels in one SUBSCRIBE. */
const GATHERED_REQUEST_BYTES = 16 * 1024 * 1024;

/** The request at the front of the client's input is incomplete. @returns null when it is not large, or has to be whole. */
export function beginLarge(client: Client): LargeRequest | null {
  const { shard, scanner, input } = client;
  if (scanner.expectedBytes <= LARGE_REQUEST_BYTES || !scanner.nameKnown) return null;
  const info = shard.table.find(input.bytes, input.start + scanner.nameStart, scanner.nameLength);
  if (mustBeWhole(info, scanner.expectedBytes)) return null;
  scanner.forget();
  return new LargeRequest(client, info);
}

/** True when its arguments say what it does to the connection, so that they must be seen before it is sent. */
function mustBeWhole(info: CommandInfo, expectedBytes: number): boolean {
  return (info.route !== Route.Lane || info.subcommands !== null) && expectedBytes <= GATHERED_REQUEST_BYTES;
}

/**
 * A request too large to gather: it goes over a private link as it arrives, so that a value of 512 MB costs the proxy
 * one chunk. A request is an array of bulks, which the reply scanner knows how to follow.
 *
 * A server runs nothing of which it has not got the last byte. So, as long as that has not been sent, no drain waits for a
 * reply; and if the server or its role is lost before, the client is told that its command did not run.
 */
export class LargeRequest implements ReplySink {
  readonly #client: Client;
  readonly #info: CommandInfo;
  readonly #scanner = new ReplyScanner();
  /** `before`: nothing sent yet; `sending`; `swallowing`: the rest has no upstream any more and is read to its end. */
  #phase: 'before' | 'sending' | 'swallowing' = 'before';
  done = false;
  #link: PrivateLink | null = null;
  #upstream: Upstream | null = null;
  #write = false;
  #frames: 0 | 1 = 1;
  /** The client is owed the reply: all has been sent, or the server did not want to see all of it. */
  #isCounted = false;
  #isAnswered = false;
  /** The beginning of the request has been passed on. */
  #inside = false;
  #lastTakenAt = 0;

  constructor(client: Client, info: CommandInfo) {
    this.#client = client;
    this.#info = info;
  }

  get output(): Reader {
    return this.#client.output;
  }

  /** It gets on: something of it came within the last `ms`. */
  isMoving(ms: number): boolean {
    return this.#client.shard.options.now() - this.#lastTakenAt < ms;
  }

  /** Consumes what of the request has arrived. @returns false when the client has to wait before any can be taken. */
  take(input: InputBuffer): boolean {
    if (this.#phase === 'before' && !this.#begin()) return false;
    if (this.#phase === 'sending' && !this.#mayGoOn()) return false;
    const { bytes, start, end } = input;
    let frameEnd: number;
    try {
      frameEnd = this.#scanner.scan(bytes, start, end);
    } catch (error) {
      if (!(error instanceof ReplySyntaxError)) throw error;
      this.#giveUp();
      input.start = end;
      return true;
    }
    const until = frameEnd < 0 ? end : frameEnd;
    this.done = frameEnd >= 0;
    if (this.#phase === 'sending') {
      // All of a chunk is of this request: nothing of it has been looked at before, nor will be.
      const given = this.#inside ? input.give(until) : null;
      this.#pass(given ?? bytes.subarray(start, until), given !== null);
      this.#inside = true;
      if (this.done) this.#end();
    }
    input.start = until;
    return true;
  }

  onReply(bytes: Buffer, start: number, end: number, frames: number): void {
    this.#count();
    if (frames > 0) this.#isAnswered = true;
    this.#client.onReply(bytes, start, end, frames);
  }

  onLost(frames: number, begun: boolean): void {
    if (this.done || begun) {
      this.#count();
      this.#client.onLost(frames, begun);
    } else {
      this.cut();
    }
  }

  /** The connection, or the master, is gone before all was sent: the command did not run, and the rest is swallowed. */
  cut(): void {
    if (this.#phase !== 'sending') return;
    this.#phase = 'swallowing';
    this.#client.shard.halfSent.delete(this);
    if (this.#frames > 0 && !this.#isAnswered) this.#client.fail('half-sent');
  }

  /** The client is gone; a half-sent request leaves its link useless. */
  abandon(): void {
    if (this.#phase !== 'sending' || this.done) return;
    this.#phase = 'swallowing';
    this.#client.shard.halfSent.delete(this);
    this.#upstream?.destroy(null);
  }

  #begin(): boolean {
    const client = this.#client;
    const { gate, halfSent } = client.shard;
    const { route, subcommands } = this.#info;
    if (route !== Route.Lane && route !== Route.Script) {
      if (client.outstanding > 0) {
        client.wait('replies');
        return false;
      }
      if (route === Route.CrossProtocol) disconnect(client, 'protocol-error', 'gently');
      else client.fail(route === Route.Refused ? 'role-command' : 'protocol-error');
      this.#phase = 'swallowing';
      return true;
    }
    // A container's subcommand is not looked up here; what is not known counts as a write.
    this.#write = this.#info.write || subcommands !== null;
    // Whatever is half sent when the master moves is lost, a question too.
    const link = acquireLink(client, this.#write || gate.isHeldBy('switchover'));
    if (link === 'wait') return false;
    if (link === 'failed') {
      this.#phase = 'swallowing';
      return true;
    }
    // What it leaves on the connection (SUBSCRIBE, WATCH, CLIENT TRACKING …) is not followed here: nobody else may get it.
    if (subcommands !== null) link.state.bound = true;
    this.#frames = link.beginLarge(this);
    this.#link = link;
    this.#upstream = link.upstream;
    this.#upstream.midRequest = true;
    this.#upstream.expect(this, false, this.#frames);
    this.#phase = 'sending';
    halfSent.add(this);
    return true;
  }

  /** A switch waits a moment for the rest; what comes later has to wait for the switch, and is lost with the old master. */
  #mayGoOn(): boolean {
    const client = this.#client;
    const { shard } = client;
    this.#lastTakenAt = shard.options.now();
    if (shard.halfSent.mayGoOn(this)) return true;
    if (!shard.outageOver) return client.passGate(true);
    if (client.outstanding > 0) {
      // The error must not overtake replies that are still to come; from a master that is gone none will.
      this.#upstream?.destroy(null);
      client.wait('replies');
      return false;
    }
    this.#link?.cutLarge();
    return true;
  }

  /** @param owned the chunk lies in memory that nobody else looks at; it is the connection's then. */
  #pass(chunk: Buffer, owned: boolean): void {
    const client = this.#client;
    const upstream = this.#upstream;
    if (upstream === null) return;
    if (owned) upstream.sendChunk(chunk);
    else upstream.sendBytes(chunk, 0, chunk.length);
    if (upstream.full) waitForRoom(client, upstream);
  }

  /** The last byte is about to be sent: from now on it may run. */
  #end(): void {
    const upstream = this.#upstream;
    if (upstream === null) return;
    upstream.midRequest = false;
    if (this.#write && this.#frames > 0) upstream.countWrite();
    this.#count();
    this.#client.shard.halfSent.delete(this);
    this.#link?.endLarge(this.#write && this.#frames === 0);
  }

  #count(): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    this.#client.outstanding += this.#frames;
  }

  #giveUp(): void {
    this.abandon();
    this.done = true;
    this.#client.fail('protocol-error', 'ERR Protocol error: invalid bulk length');
    disconnect(this.#client, 'protocol-error', 'gently');
  }
}
