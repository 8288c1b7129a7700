import type { CommandInfo } from '../command/command-info.js';
import { decodeRequest } from '../resp/decode.js';
import { withRemainingTime } from '../session/blocking.js';
import type { Client } from './client.js';
import type { PrivateLink } from './private-link.js';
import type { ReplySink } from './reply-sink.js';

/**
 * One call that may wait in the server. When the node it waits on stops being the master, the server says so in a way
 * that proves that nothing ran (-UNBLOCKED for a call that waited, -READONLY for one that came too late): then it is
 * issued again on the new master, with the time that is left.
 */
export class BlockedCall implements ReplySink {
  readonly #client: Client;
  readonly #link: PrivateLink;
  readonly #info: CommandInfo;
  readonly #frame: Buffer;
  readonly #startedAt: number;
  #begun = false;
  #moving = false;

  constructor(client: Client, link: PrivateLink, info: CommandInfo, frame: Buffer) {
    this.#client = client;
    this.#link = link;
    this.#info = info;
    this.#frame = frame;
    this.#startedAt = client.shard.options.now();
  }

  /** A call that waits is no write in flight: a drain must not wait for it. */
  send(): void {
    this.#link.upstream.send(this, this.#frame, 0, this.#frame.length, false);
  }

  onReply(bytes: Buffer, start: number, end: number, frames: number): void {
    if (!this.#begun && this.#didNotRun(bytes, start)) {
      this.#moving = true;
      if (frames > 0) this.#issueAgain();
      return;
    }
    this.#begun = true;
    if (frames > 0) this.#link.unblocked();
    this.#client.onReply(bytes, start, end, frames);
  }

  onLost(frames: number, begun: boolean): void {
    if (this.#moving) {
      this.#issueAgain();
      return;
    }
    this.#link.unblocked();
    this.#client.onLost(frames, begun);
  }

  #didNotRun(bytes: Buffer, start: number): boolean {
    if (bytes[start] !== 45 || this.#link.upstream.node === this.#client.shard.master) return false;
    return /^-(UNBLOCKED|READONLY) /.test(bytes.toString('latin1', start, start + 16));
  }

  #issueAgain(): void {
    const client = this.#client;
    if (client.closed) return;
    this.#moving = false;
    const waitedMs = client.shard.options.now() - this.#startedAt;
    const frame = withRemainingTime(this.#info.name, decodeRequest(this.#frame), waitedMs);
    this.#link.issueAgain(this, frame);
  }
}
