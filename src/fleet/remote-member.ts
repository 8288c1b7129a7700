import type { Channel } from './channel.js';
import { Dialogue, DialogueError, type Answers } from './dialogue.js';
import type { MemberFigures, Orders, PeerRequest, Reports } from './protocol.js';

/**
 * What the coordinator needs of a member besides words. This, and {@link Channel}, is what another kind of member (a sidecar
 * on another machine) has to bring.
 */
export interface MemberLink {
  /** For the log. */
  readonly name: string;
  readonly channel: Channel;
  /**
   * Sees to it that this member sends nothing to any server any more, and settles when that is certain. A process has
   * ended then; a member on another machine would have let its lease run out. Can be called again.
   */
  end(): Promise<void>;
}

/** What a member says by itself. */
export interface MemberListener {
  ready(): void;
  held(waits: Reports['held']['ask']): void;
  asks(request: PeerRequest): Promise<readonly unknown[]>;
  /** Settles when all nodes have been asked for their roles. */
  doubts(): Promise<void>;
  took(id: number): void;
  left(connections: number): void;
  /** It sends nothing any more. */
  gone(): void;
}

/** One member, as the coordinator knows it. */
export class RemoteMember {
  readonly name: string;
  /** Who holds its gate; before it has said so, nobody is served there. */
  holders: readonly string[] = ['no-master'];
  /** What it counted, as it last said. */
  figures: MemberFigures | null = null;
  readonly #link: MemberLink;
  readonly #dialogue: Dialogue<Orders, Reports>;
  #silences = 0;
  #ending: Promise<void> | null = null;

  constructor(link: MemberLink, listener: MemberListener) {
    this.name = link.name;
    this.#link = link;
    const answers: Answers<Reports> = {
      ready: () => {
        listener.ready();
        return null;
      },
      gate: (holders) => {
        this.holders = holders;
        return null;
      },
      held: (waits) => {
        listener.held(waits);
        return null;
      },
      askOthers: (request) => listener.asks(request),
      doubt: async () => {
        await listener.doubts();
        return null;
      },
      took: ({ id }) => {
        listener.took(id);
        return null;
      },
      left: ({ connections }) => {
        listener.left(connections);
        return null;
      },
    };
    this.#dialogue = new Dialogue(link.channel, answers, () => void this.end().then(() => listener.gone()));
  }

  /** Rejects with a {@link DialogueError}; `gone` when it is certain that the member sends nothing any more. */
  async ask<Name extends keyof Orders>(
    name: Name,
    words: Orders[Name]['ask'],
    timeoutMs: number,
  ): Promise<Orders[Name]['answer']> {
    try {
      return await this.#dialogue.ask(name, words, timeoutMs);
    } catch (error) {
      if (error instanceof DialogueError && error.kind === 'gone') await this.end();
      throw error;
    }
  }

  /** Brings {@link figures} up to date. @returns whether it answered. */
  async look(timeoutMs: number): Promise<boolean> {
    try {
      this.figures = await this.ask('look', null, timeoutMs);
      return true;
    } catch {
      return false;
    }
  }

  /** The same, for who watches over it. @returns how often in a row it has been silent. */
  async watch(timeoutMs: number): Promise<number> {
    this.#silences = (await this.look(timeoutMs)) ? 0 : this.#silences + 1;
    return this.#silences;
  }

  tell<Name extends keyof Orders>(name: Name, words: Orders[Name]['ask']): void {
    this.#dialogue.tell(name, words);
  }

  /** True from the moment at which {@link end} was called, or the channel closed. */
  get isEnding(): boolean {
    return this.#ending !== null;
  }

  /** See {@link MemberLink.end}. */
  end(): Promise<void> {
    this.#ending ??= this.#link.end().then(() => this.#dialogue.close());
    return this.#ending;
  }
}
