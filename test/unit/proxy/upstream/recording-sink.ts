import type { ReplySink } from '../../../../src/proxy/upstream/reply-sink.js';
import { frameEnd } from '../../../support/frame-end.js';

/** Notes what it is given; the memory it was given in may change afterwards. */
export class RecordingSink implements ReplySink {
  readonly oneErrorEndsAll: boolean;
  /** All bytes so far. */
  bytes = '';
  /** Replies that ended in them. */
  frames = 0;
  /** Calls with whole replies, and calls with a piece of one. */
  readonly calls = { whole: 0, pieces: 0 };
  lost: { readonly frames: number; readonly begun: boolean } | null = null;
  readonly #onReply: () => void;

  constructor(options: { readonly oneErrorEndsAll?: boolean; readonly onReply?: () => void } = {}) {
    this.oneErrorEndsAll = options.oneErrorEndsAll ?? false;
    this.#onReply = options.onReply ?? (() => undefined);
  }

  onReply(bytes: Buffer, start: number, end: number, frames: number): void {
    if (this.lost !== null) throw new Error('a reply after the loss');
    if (end <= start) throw new Error('a call without bytes');
    this.bytes += bytes.toString('latin1', start, end);
    this.frames += frames;
    this.calls[frames > 0 ? 'whole' : 'pieces']++;
    this.#onReply();
  }

  onLost(frames: number, begun: boolean): void {
    if (this.lost !== null) throw new Error('lost twice');
    this.lost = { frames, begun };
  }

  /** Whether the bytes are so many whole replies. */
  get countIsRight(): boolean {
    const bytes = Buffer.from(this.bytes, 'latin1');
    let at = 0;
    let frames = 0;
    for (; at >= 0 && at < bytes.length; frames++) at = frameEnd(bytes, at);
    return at === bytes.length && frames === this.frames;
  }
}
