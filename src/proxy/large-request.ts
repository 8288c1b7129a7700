import { Route, type CommandInfo } from '../command/command-info.js';
import { ReplyScanner, ReplySyntaxError } from '../resp/reply-scanner.js';
import type { Client } from './client.js';
import { acquireLink } from './acquire.js';
import type { InputBuffer } from './input-buffer.js';

/** A request larger than this goes over a private link as it arrives, never gathered in memory. */
export const LARGE_REQUEST_BYTES = 256 * 1024;
/** A request whose arguments matter is gathered up to this size: room for a million channels in one SUBSCRIBE. */
const GATHERED_REQUEST_BYTES = 16 * 1024 * 1024;

/** True when its arguments say what it does to the connection, so that they must be seen before it is sent. */
export function mustBeWhole(info: CommandInfo, expectedBytes: number): boolean {
  return (info.route !== Route.Lane || info.subcommands !== null) && expectedBytes <= GATHERED_REQUEST_BYTES;
}

/**
 * A request too large to gather: it goes over a private link as it arrives, so that a value of 512 MB costs the proxy
 * one chunk. A request is an array of bulks, which the reply scanner knows how to follow.
 */
export class LargeRequest {
  readonly #client: Client;
  readonly #info: CommandInfo;
  readonly #scanner = new ReplyScanner();
  /** `before`: nothing sent yet; `sending`; `swallowing`: the rest has no upstream any more and is read to its end. */
  #phase: 'before' | 'sending' | 'swallowing' = 'before';
  done = false;
  /** The beginning of the request has been passed on. */
  #inside = false;

  constructor(client: Client, info: CommandInfo) {
    this.#client = client;
    this.#info = info;
  }

  /** Consumes what of the request has arrived. @returns false when the client has to wait before any can be taken. */
  take(input: InputBuffer): boolean {
    if (this.#phase === 'before' && !this.#begin()) return false;
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
    const { link } = this.#client;
    if (this.#phase === 'sending') {
      if (link === null || link.upstream.closed) this.#phase = 'swallowing';
      else {
        // All of a chunk is of this request: nothing of it has been looked at before, nor will be.
        const owned = start === 0 && until === bytes.length && this.#inside;
        link.pass(bytes.subarray(start, until), owned);
        this.#inside = true;
        if (this.done) link.endLarge();
      }
    }
    input.start = until;
    return true;
  }

  /** The client is gone; a half-sent request leaves its link useless. */
  abandon(): void {
    if (this.#phase === 'sending' && !this.done) this.#client.link?.upstream.destroy(null);
  }

  #begin(): boolean {
    const client = this.#client;
    const { route, subcommands } = this.#info;
    if (route !== Route.Lane && route !== Route.Script) {
      if (client.outstanding > 0) {
        client.wait('replies');
        return false;
      }
      if (route === Route.CrossProtocol) client.close();
      else client.fail(route === Route.Refused ? 'role-command' : 'protocol-error');
      this.#phase = 'swallowing';
      return true;
    }
    // A container's subcommand is not looked up here; what is not known counts as a write.
    const write = this.#info.write || subcommands !== null;
    const link = acquireLink(client, write);
    if (link === 'wait') return false;
    if (link === 'failed') {
      this.#phase = 'swallowing';
      return true;
    }
    // What it leaves on the connection (SUBSCRIBE, WATCH, CLIENT TRACKING …) is not followed here: nobody else may get it.
    if (subcommands !== null) link.state.bound = true;
    link.beginLarge(write);
    this.#phase = 'sending';
    return true;
  }

  #giveUp(): void {
    this.abandon();
    this.done = true;
    this.#client.fail('protocol-error', 'ERR Protocol error: invalid bulk length');
    this.#client.close();
  }
}
