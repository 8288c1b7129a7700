import type { Socket } from 'node:net';
import { STREAM_HIGH_BYTES } from '../client/client-limits.js';
import type { Reader } from './reply-sink.js';

/** How long others wait behind a reader that takes nothing, before what is for it is gathered in memory instead. */
const MAX_STALL_MS = 200;
/** What is gathered for a slow reader at most, so that the writes behind its replies are answered before a switch. */
const GATHERED_FOR_DRAIN_BYTES = 32 * 1024 * 1024;

/**
 * When a connection is read: replies come no faster than their reader takes them, so that neither a large one nor many are in
 * memory as a whole.
 */
export class Reading {
  readonly #socket: Socket;
  #isPaused = false;
  /** When the reader of what comes next has more than this unsent, it is waited for. */
  #patienceBytes = STREAM_HIGH_BYTES;
  /** Reads on, while a slow reader is waited for. */
  #goOn: (() => void) | null = null;
  #heldUpBy: Reader | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Nothing is read now: whoever takes it is slower than the server. */
  get waitsForReader(): boolean {
    return this.#goOn !== null;
  }

  /** Who was waited for last. */
  get heldUpBy(): Reader | null {
    return this.#heldUpBy;
  }

  set paused(paused: boolean) {
    this.#isPaused = paused;
    if (paused) this.#socket.pause();
    else if (this.#goOn === null) this.#socket.resume();
  }

  /** What comes is wanted now, whoever takes it. */
  hurry(): void {
    this.#patienceBytes = Math.max(this.#patienceBytes, GATHERED_FOR_DRAIN_BYTES);
    this.#goOn?.();
  }

  /** There is no hurry any more. */
  relax(): void {
    this.#patienceBytes = STREAM_HIGH_BYTES;
  }

  get isRelaxed(): boolean {
    return this.#patienceBytes === STREAM_HIGH_BYTES;
  }

  /** Waits for the reader if that is slow. @param othersWait behind it. @returns whether it is. */
  waitFor(reader: Reader, othersWait: boolean): boolean {
    if (reader.unsent <= this.#patienceBytes) return false;
    this.#heldUpBy = reader;
    this.#socket.pause();
    const goOn = (): void => {
      clearTimeout(timer);
      if (this.#goOn !== goOn) return;
      this.#goOn = null;
      if (!this.#isPaused) this.#socket.resume();
    };
    const giveUp = (): void => {
      // The reader's own limit ends what is gathered from now on.
      this.#patienceBytes = Number.POSITIVE_INFINITY;
      goOn();
    };
    const timer = othersWait ? setTimeout(giveUp, MAX_STALL_MS).unref() : undefined;
    this.#goOn = goOn;
    reader.onceTaken(goOn);
    return true;
  }
}
