import type { Recorder } from '../../history/recorder.js';
import type { EventLoop } from '../world/event-loop.js';
import type { Network } from '../world/network.js';
import { SimProcess } from '../world/sim-process.js';
import { Conversation, type Exchange } from './conversation.js';

export interface ApplicationOptions {
  readonly name: string;
  readonly number: number;
  readonly network: Network;
  readonly recorder: Recorder;
  readonly address: string;
  /** Longest rest between two rounds, ms. */
  readonly restMs: number;
  /** How many rounds it does. */
  readonly rounds: number;
}

/**
 * A client of the shard that does one thing again and again: a round, its replies, a rest. Its connection may end at any time; then
 * it dials again.
 */
export abstract class Application {
  readonly name: string;
  readonly loop: EventLoop;
  readonly recorder: Recorder;
  readonly process: SimProcess;
  protected readonly network: Network;
  readonly #address: string;
  readonly #restMs: number;
  #conversation: Conversation | null = null;
  #stopping = false;
  #inRound = false;
  #serial = 0;
  #roundsLeft: number;

  constructor({ name, number, network, recorder, address, restMs, rounds }: ApplicationOptions) {
    this.name = name;
    this.loop = network.loop;
    this.network = network;
    this.recorder = recorder;
    this.#address = address;
    this.#restMs = restMs;
    this.#roundsLeft = rounds;
    this.process = new SimProcess(name, number);
  }

  start(): void {
    this.#rest();
  }

  /** It has asked for nothing that is still to come, and will not ask again. */
  get idle(): boolean {
    return !this.#inRound && (this.#stopping || this.#roundsLeft === 0);
  }

  leave(): void {
    this.#stopping = true;
    this.#conversation?.end();
  }

  /** Where it dials. */
  protected get address(): string {
    return this.#address;
  }

  /** Breaks its connection, if it has one. */
  breakConnection(): void {
    this.#conversation?.reset();
  }

  /** Does one round; `done` is to be called once. */
  protected abstract round(conversation: Conversation, done: () => void): void;

  /** A new connection: it may have to be prepared. */
  protected prepare(_conversation: Conversation): readonly Exchange[] {
    return [];
  }

  protected disconnected(): void {
    // Most do not mind.
  }

  /** A value that nobody else writes. */
  protected unique(): string {
    return `${this.name}-${++this.#serial}`;
  }

  #rest(): void {
    const { dice } = this.loop;
    // Most come again at once, some after a while.
    const restMs = dice.chance(0.8) ? dice.upTo(this.#restMs) : dice.upTo(this.#restMs * 10);
    this.loop.after(this.process, restMs, 'round', () => {
      if (!this.#stopping && this.#roundsLeft > 0) this.#begin();
    });
  }

  #begin(): void {
    this.#inRound = true;
    this.#roundsLeft--;
    const conversation = this.#connected();
    this.round(conversation, () => {
      this.#inRound = false;
      this.#rest();
    });
  }

  #connected(): Conversation {
    if (this.#conversation !== null && !this.#conversation.over) return this.#conversation;
    const conversation = new Conversation(this.network, this.process, this.address);
    this.#conversation = conversation;
    conversation.onEnd = () => this.disconnected();
    conversation.say(this.prepare(conversation));
    return conversation;
  }
}
