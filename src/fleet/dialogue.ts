import type { Channel } from './channel.js';

/** What one side may ask of the other: by name, the words of the question and of the answer. */
export type Questions = Record<string, { readonly ask: unknown; readonly answer: unknown }>;

export type Answers<Q extends Questions> = {
  readonly [Name in keyof Q]: (ask: Q[Name]['ask']) => Q[Name]['answer'] | Promise<Q[Name]['answer']>;
};

/**
 * Why a question was not answered:
 * - `silent`: not in time. It may have been heard, or may still be;
 * - `gone`: the channel has closed. It may have been heard;
 * - `refused`: the other side could not do it.
 */
export class DialogueError extends Error {
  override readonly name = 'DialogueError';
  readonly kind: 'silent' | 'gone' | 'refused';

  constructor(kind: DialogueError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

type Message =
  /** `id` 0: nobody waits for an answer. */
  | { readonly type: 'ask'; readonly id: number; readonly name: string; readonly words: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly words: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly why: string };

interface Waiting {
  readonly resolve: (words: unknown) => void;
  readonly reject: (error: DialogueError) => void;
}

/** Questions and answers over a channel, in both directions. Each question has an answer or a time-out. */
export class Dialogue<Asked extends Questions, Answered extends Questions> {
  readonly #channel: Channel;
  readonly #answers: Answers<Answered>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isClosed = false;

  /** @param closed called once, when the channel has closed and all who waited know. */
  constructor(channel: Channel, answers: Answers<Answered>, closed: () => void) {
    this.#channel = channel;
    this.#answers = answers;
    channel.onMessage((message) => this.#receive(message as Message));
    channel.onClosed(() => {
      this.#isClosed = true;
      for (const { reject } of this.#waiting.values()) reject(new DialogueError('gone', 'the channel has closed'));
      this.#waiting.clear();
      closed();
    });
  }

  /** Rejects with a {@link DialogueError}. */
  ask<Name extends keyof Asked & string>(
    name: Name,
    words: Asked[Name]['ask'],
    timeoutMs: number,
  ): Promise<Asked[Name]['answer']> {
    if (this.#isClosed) return Promise.reject(new DialogueError('gone', 'the channel has closed'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const silent = (): void => {
        if (this.#waiting.delete(id)) reject(new DialogueError('silent', `no answer to ${name} in ${timeoutMs} ms`));
      };
      // After a time in which this process itself did not run, what has arrived meanwhile is read first.
      const timer = setTimeout(() => setImmediate(silent), timeoutMs);
      this.#waiting.set(id, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#send({ type: 'ask', id, name, words });
    });
  }

  /** Says something that wants no answer. */
  tell<Name extends keyof Asked & string>(name: Name, words: Asked[Name]['ask']): void {
    this.#send({ type: 'ask', id: 0, name, words });
  }

  close(): void {
    this.#channel.close();
  }

  #send(message: Message): void {
    this.#channel.send(message);
  }

  #receive(message: Message): void {
    if (message.type === 'ask') {
      void this.#answer(message.id, message.name, message.words);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'answer') waiting?.resolve(message.words);
    else waiting?.reject(new DialogueError('refused', message.why));
  }

  async #answer(id: number, name: string, words: unknown): Promise<void> {
    try {
      const answer = this.#answers[name];
      if (answer === undefined) throw new Error(`nobody answers to ${name}`);
      const answered = answer(words);
      // What needs no waiting is answered in this turn.
      const given = answered instanceof Promise ? await answered : answered;
      if (id > 0) this.#send({ type: 'answer', id, words: given ?? null });
    } catch (error) {
      if (id > 0) this.#send({ type: 'refusal', id, why: error instanceof Error ? error.message : String(error) });
    }
  }
}
