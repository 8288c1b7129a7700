import type { Logger } from '../log/logger.js';
import { DialogueError } from './dialogue.js';
import type { Orders } from './protocol.js';
import type { RemoteMember } from './remote-member.js';

/** A member that does not answer for so long stands still, however busy the machine is; clients give up after some seconds. */
export const ANSWER_MS = 1000;

/** All who take part. Each order goes to each of them, in the same order. */
export class Members {
  readonly #log: Logger;
  readonly #members = new Set<RemoteMember>();

  constructor(log: Logger) {
    this.#log = log;
  }

  all(): readonly RemoteMember[] {
    return [...this.#members];
  }

  add(member: RemoteMember): void {
    this.#members.add(member);
  }

  /** @returns false when it did not take part. */
  delete(member: RemoteMember): boolean {
    return this.#members.delete(member);
  }

  tell<Name extends keyof Orders>(name: Name, words: Orders[Name]['ask']): void {
    for (const member of this.#members) member.tell(name, words);
  }

  /** Asks all; those who are gone meanwhile are left out. Rejects when one refuses or is silent. */
  async ask<Name extends keyof Orders>(
    name: Name,
    words: Orders[Name]['ask'],
    timeoutMs: number,
  ): Promise<readonly Orders[Name]['answer'][]> {
    const answers = this.all().map(async (member) => {
      try {
        return [await member.ask(name, words, timeoutMs)];
      } catch (error) {
        if (isGone(error)) return [];
        throw new Error(`worker ${member.name}: ${String(error)}`, { cause: error });
      }
    });
    return (await Promise.all(answers)).flat();
  }

  /** Sees to it that all have done it, or can do nothing any more. Never rejects. */
  async order<Name extends keyof Orders>(
    name: Name,
    words: Orders[Name]['ask'],
  ): Promise<readonly Orders[Name]['answer'][]> {
    const answers = this.all().map(async (member) => {
      try {
        return [await member.ask(name, words, ANSWER_MS)];
      } catch (error) {
        if (!isGone(error)) {
          this.#log.error({ worker: member.name, order: name, err: error }, 'a worker is ended: it did not obey');
        }
        await member.end();
        return [];
      }
    });
    return (await Promise.all(answers)).flat();
  }

  /** Sees to it that all do it; whoever stands still does it when it goes on. Never rejects. */
  async insist<Name extends keyof Orders>(name: Name, words: Orders[Name]['ask']): Promise<void> {
    const answers = this.all().map(async (member) => {
      try {
        await member.ask(name, words, ANSWER_MS);
      } catch (error) {
        if (!(error instanceof DialogueError && error.kind === 'refused')) return;
        this.#log.error({ worker: member.name, order: name, err: error }, 'a worker is ended: it did not obey');
        await member.end();
      }
    });
    await Promise.all(answers);
  }

  /** Asks all; whoever does not answer is left out. Never rejects. */
  async askWhoAnswers<Name extends keyof Orders>(
    name: Name,
    words: Orders[Name]['ask'],
    timeoutMs: number,
    whom: readonly RemoteMember[] = this.all(),
  ): Promise<readonly { readonly member: RemoteMember; readonly answer: Orders[Name]['answer'] }[]> {
    const answers = whom.map(async (member) => {
      try {
        return [{ member, answer: await member.ask(name, words, timeoutMs) }];
      } catch {
        return [];
      }
    });
    return (await Promise.all(answers)).flat();
  }
}

function isGone(error: unknown): boolean {
  return error instanceof DialogueError && error.kind === 'gone';
}
