import { Application } from './application.js';
import type { Conversation, Exchange, SimReply } from './conversation.js';
import { settle } from './outcome.js';

const DEEPEST_PIPELINE = 12;

/** A mixture of plain commands, alone or in a pipeline: registers, counters, lists, and a word that must come back. */
export class Pipeliner extends Application {
  readonly #db = this.process.number % 4 === 3 ? 1 : 0;
  readonly #size = this.process.number % 5 === 4 ? 30_000 : 0;

  protected override prepare(): readonly Exchange[] {
    return this.#db === 0 ? [] : [{ words: ['SELECT', String(this.#db)], replied: () => undefined }];
  }

  protected override round(conversation: Conversation, done: () => void): void {
    const { dice } = this.loop;
    let left = dice.chance(0.5) ? 1 : dice.whole(1, DEEPEST_PIPELINE);
    const exchanges = Array.from({ length: left }, () => this.#exchange());
    conversation.say(
      exchanges.map(({ words, replied }) => ({
        words,
        replied: (reply) => {
          replied(reply);
          if (--left === 0) done();
        },
      })),
    );
  }

  #exchange(): Exchange {
    const { dice, now } = this.loop;
    const { recorder, name } = this;
    const key = (kind: string): string => `${kind}${dice.whole(0, 2)}`;
    const noted = (key: string): string => `db${this.#db} ${key}`;
    switch (dice.weighted({ get: 4, set: 2, incr: 3, rpush: 2, lrange: 1, echo: 2 })) {
      case 'get': {
        const register = key('register');
        const pending = recorder.begin(name, noted(register), 'read', null);
        return { words: ['GET', register], replied: (reply) => settle(pending, reply, (value) => text(value)) };
      }
      case 'set': {
        const register = key('register');
        const value = this.unique() + 'v'.repeat(dice.chance(0.1) ? this.#size : 0);
        const pending = recorder.begin(name, noted(register), 'write', { value });
        return { words: ['SET', register, value], replied: (reply) => settle(pending, reply, () => 'OK') };
      }
      case 'incr': {
        const counter = key('counter');
        const pending = recorder.begin(name, noted(counter), 'increment', null);
        return { words: ['INCR', counter], replied: (reply) => settle(pending, reply, Number) };
      }
      case 'rpush': {
        const list = key('list');
        const element = this.unique();
        const pending = recorder.begin(name, noted(list), 'append', { element });
        return { words: ['RPUSH', list, element], replied: (reply) => settle(pending, reply, Number) };
      }
      case 'lrange': {
        const list = key('list');
        const pending = recorder.begin(name, noted(list), 'range', null);
        return { words: ['LRANGE', list, '0', '-1'], replied: (reply) => settle(pending, reply, texts) };
      }
      case 'echo': {
        const word = `${this.unique()}@${now}`;
        return { words: ['ECHO', word], replied: (reply) => expectWord(this.name, word, reply) };
      }
    }
  }
}

/** A script that increments a counter, by its name once the server knows it. */
export class Scripter extends Application {
  readonly #text = 'return redis.call("INCR", KEYS[1])';
  #sha: string | null = null;

  protected override prepare(): readonly Exchange[] {
    return [
      {
        words: ['SCRIPT', 'LOAD', this.#text],
        replied: (reply) => (this.#sha = typeof reply === 'string' ? reply : null),
      },
    ];
  }

  protected override round(conversation: Conversation, done: () => void): void {
    const sha = this.#sha;
    const pending = this.recorder.begin(this.name, 'db0 scripted', 'increment', null);
    const words = sha === null ? ['EVAL', this.#text, '1', 'scripted'] : ['EVALSHA', sha, '1', 'scripted'];
    conversation.say([
      {
        words,
        replied: (reply) => {
          if (reply instanceof Error && reply.message.startsWith('NOSCRIPT')) pending.refused(reply.message);
          else settle(pending, reply, Number);
          done();
        },
      },
    ]);
  }
}

export function text(reply: SimReply): string | null {
  return typeof reply === 'string' ? reply : null;
}

function texts(reply: SimReply): readonly string[] {
  return Array.isArray(reply) ? (reply as readonly SimReply[]).map(String) : [];
}

function expectWord(client: string, word: string, reply: SimReply): void {
  if (typeof reply !== 'string' || reply === word) return;
  throw new Error(`replies crossed: ${client} said ECHO ${word} and was answered ${reply}`);
}
