import type { Network } from './network.js';
import type { SimProcess } from './sim-process.js';

/** What a process hears of its connection. */
export interface EndpointEvents {
  opened(): void;
  /** Memory of nobody else. */
  data(bytes: Buffer): void;
  /** The other side has said all it will say. */
  ended(): void;
  /** ECONNRESET, ECONNREFUSED; nothing follows. */
  failed(code: string): void;
  /** There is room again. */
  taken(): void;
}

/** Bytes on their way, `null`: the end of them. */
interface Piece {
  readonly bytes: Buffer | null;
  readonly arrivesAt: number;
}

const NOBODY: EndpointEvents = {
  opened: () => undefined,
  data: () => undefined,
  ended: () => undefined,
  failed: () => undefined,
  taken: () => undefined,
};

/**
 * One end of a TCP connection. Bytes arrive in the order in which they were sent, in pieces of any size, after a time; they wait
 * with the receiver's system until its process reads, and when too many wait the sender has to.
 *
 * ```
 *  send ─▶ #underWay (latency, cuts, frozen processes) ─▶ #arrived ─▶ data() while `reading`
 * ```
 */
export class Endpoint {
  readonly number: number;
  readonly process: SimProcess;
  readonly local: string;
  readonly remote: string;
  events: EndpointEvents = NOBODY;
  closed = false;
  readonly #network: Network;
  #peer: Endpoint | null = null;
  #slowness = 1;
  #isOpen = false;
  #reading = false;
  /** This side has sent its end. */
  #finished = false;
  /** Towards this side. */
  readonly #underWay: Piece[] = [];
  readonly #arrived: (Buffer | null)[] = [];
  #scheduled = false;
  #isToRead = false;
  /** Sent by this side and not read by the other, bytes. */
  #unread = 0;
  #wantsRoom = false;
  readonly #early: (Buffer | null)[] = [];
  readonly #die = (): void => this.close();

  constructor(network: Network, process: SimProcess, local: string, remote: string, number: number) {
    this.#network = network;
    this.process = process;
    this.local = local;
    this.remote = remote;
    this.number = number;
    network.connections.add(this);
    process.sockets.add(this);
    process.onDeath.add(this.#die);
  }

  get peer(): Endpoint | null {
    return this.#peer;
  }

  get connecting(): boolean {
    return !this.#isOpen;
  }

  meet(peer: Endpoint): void {
    this.#peer = peer;
    peer.#peer = this;
    this.#slowness = peer.#slowness = this.#network.slowness();
    this.#isOpen = true;
    peer.#isOpen = true;
  }

  opened(): void {
    for (const bytes of this.#early.splice(0)) this.#transmit(bytes);
    this.events.opened();
  }

  set reading(reading: boolean) {
    if (reading === this.#reading) return;
    this.#reading = reading;
    if (reading) this.#readSoon();
  }

  get reading(): boolean {
    return this.#reading;
  }

  /** Sends a copy. @returns false when no more should be sent until `taken`. */
  send(bytes: Buffer): boolean {
    if (this.closed || this.#finished) return true;
    const copy = Buffer.from(bytes);
    this.#unread += copy.length;
    if (this.#isOpen) this.#transmit(copy);
    else this.#early.push(copy);
    this.#wantsRoom = this.#unread > this.#network.weather.windowBytes;
    return !this.#wantsRoom;
  }

  /** Sends the end of what this side says; it may go on hearing. */
  finish(): void {
    if (this.closed || this.#finished) return;
    this.#finished = true;
    if (this.#isOpen) this.#transmit(null);
    else this.#early.push(null);
  }

  /** As `close(2)`: what the other side still sends is answered with a reset, and so is what was not read. */
  close(): void {
    if (this.closed) return;
    const unread = this.#arrived.some((bytes) => bytes !== null);
    this.#forget();
    const peer = this.#peer;
    if (peer === null || peer.closed) return;
    if (unread) this.#resetPeer();
    else if (!this.#finished) this.#transmit(null);
  }

  /** The connection breaks: each side is told at some time, and may read a part of what was under way. */
  reset(): void {
    for (const side of [this, this.#peer]) {
      if (side === null || side.closed) continue;
      side.#underWay.length = this.#network.loop.dice.whole(0, side.#underWay.length);
      side.#failSoon();
    }
  }

  fail(code: string): void {
    if (this.closed) return;
    this.#forget();
    this.events.failed(code);
  }

  /** What waited because of a cut goes on. */
  flow(): void {
    if (this.#underWay.length > 0) this.#arriveSoon();
  }

  #forget(): void {
    this.closed = true;
    this.#network.connections.delete(this);
    this.process.sockets.delete(this);
    this.process.onDeath.delete(this.#die);
  }

  #resetPeer(): void {
    if (this.#peer !== null) this.#peer.#failSoon();
  }

  #failSoon(): void {
    const { loop } = this.#network;
    loop.after(this.process, this.#network.latency(), `reset ${this.number}`, () => {
      this.#arrived.length = 0;
      this.fail('ECONNRESET');
    });
  }

  #transmit(bytes: Buffer | null): void {
    const peer = this.#peer;
    if (peer === null) return;
    for (const piece of bytes === null ? [null] : this.#slices(bytes)) peer.#send(piece);
  }

  #send(bytes: Buffer | null): void {
    const { loop } = this.#network;
    const before = this.#underWay.at(-1)?.arrivesAt ?? 0;
    this.#underWay.push({ bytes, arrivesAt: Math.max(before, loop.now + this.#network.latency() * this.#slowness) });
    this.#arriveSoon();
  }

  #slices(bytes: Buffer): readonly Buffer[] {
    const { dice } = this.#network.loop;
    if (bytes.length < 2 || !dice.chance(this.#network.weather.slices)) return [bytes];
    const at = dice.whole(1, bytes.length - 1);
    return [bytes.subarray(0, at), bytes.subarray(at)];
  }

  #arriveSoon(): void {
    const [next] = this.#underWay;
    if (this.#scheduled || next === undefined) return;
    const peer = this.#peer;
    if (peer !== null && this.#network.isCut(this.process, peer.process)) return;
    this.#scheduled = true;
    const { loop, wire } = this.#network;
    // The system takes it, whatever the process does.
    loop.after(wire, next.arrivesAt - loop.now, `arrive ${this.number}`, () => {
      this.#scheduled = false;
      this.#arrive();
    });
  }

  #arrive(): void {
    const peer = this.#peer;
    if (peer !== null && this.#network.isCut(this.process, peer.process)) return;
    const { loop } = this.#network;
    while (this.#underWay[0] !== undefined && this.#underWay[0].arrivesAt <= loop.now) {
      const piece = this.#underWay.shift();
      if (piece !== undefined) this.#arrived.push(piece.bytes);
    }
    this.#arriveSoon();
    if (this.closed) this.#answerLate();
    else if (this.#reading) this.#readSoon();
  }

  /** Nobody is here any more. */
  #answerLate(): void {
    const hasBytes = this.#arrived.some((bytes) => bytes !== null);
    this.#arrived.length = 0;
    if (hasBytes && this.#peer !== null && !this.#peer.closed) this.#resetPeer();
  }

  #readSoon(): void {
    if (this.#arrived.length === 0 || this.#isToRead) return;
    this.#isToRead = true;
    this.#network.loop.after(this.process, 0, `read ${this.number}`, () => {
      this.#isToRead = false;
      this.#read();
    });
  }

  #read(): void {
    const gathered: Buffer[] = [];
    while (this.#reading && !this.closed) {
      const bytes = this.#arrived.shift();
      if (bytes === undefined || bytes === null) {
        this.#give(gathered);
        if (bytes === null && !this.closed) this.events.ended();
        return;
      }
      gathered.push(bytes);
    }
    this.#give(gathered);
  }

  #give(gathered: Buffer[]): void {
    const [first] = gathered;
    if (first === undefined) return;
    const bytes = gathered.length === 1 ? first : Buffer.concat(gathered);
    gathered.length = 0;
    if (this.#peer !== null) this.#peer.#makeRoom(bytes.length);
    this.events.data(bytes);
  }

  #makeRoom(bytes: number): void {
    this.#unread -= bytes;
    if (!this.#wantsRoom || this.#unread > this.#network.weather.windowBytes) return;
    this.#wantsRoom = false;
    const { loop } = this.#network;
    loop.after(this.process, this.#network.latency(), `room ${this.number}`, () => {
      if (!this.closed) this.events.taken();
    });
  }
}
