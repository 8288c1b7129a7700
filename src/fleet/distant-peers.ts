import type { PeerQuestion, PeerQuestions, Peers } from '../proxy/peers.js';
import type { Dialogue } from './dialogue.js';
import type { Orders, Reports } from './protocol.js';

/** The coordinator gives up on who stands still before this. */
const ANSWERS_MS = 1500;

/** The other members, by way of the coordinator. */
export class DistantPeers implements Peers {
  readonly #dialogue: Dialogue<Reports, Orders>;

  constructor(dialogue: Dialogue<Reports, Orders>) {
    this.#dialogue = dialogue;
  }

  async ask<Name extends PeerQuestion>(
    name: Name,
    words: PeerQuestions[Name]['ask'],
  ): Promise<readonly PeerQuestions[Name]['answer'][]> {
    try {
      const answers = await this.#dialogue.ask('askOthers', { name, words }, ANSWERS_MS);
      return answers as readonly PeerQuestions[Name]['answer'][];
    } catch {
      return [];
    }
  }

  tell<Name extends PeerQuestion>(name: Name, words: PeerQuestions[Name]['ask']): void {
    this.#dialogue.tell('askOthers', { name, words });
  }
}
