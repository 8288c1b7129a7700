import { NULL_ARRAY, OK, Refusal, type Answer } from './answer.js';

type Value = string | string[];

const WRONG_TYPE = new Refusal('WRONGTYPE Operation against a key holding the wrong kind of value');

/** What a data command did: its reply, and the keys that it changed. */
export interface Done {
  readonly answer: Answer;
  readonly changed: readonly string[];
}

const nothingChanged = (answer: Answer): Done => ({ answer, changed: [] });

/** The data of one server, and the commands that work on nothing else. Keys have their database in front: `0/key`. */
export class Keyspace {
  #values = new Map<string, Value>();

  run(db: number, name: string, args: readonly string[]): Done {
    const [first = '', ...rest] = args;
    const key = `${db}/${first}`;
    switch (name) {
      case 'get':
        return this.#get(key);
      case 'set':
        return this.#set(key, rest);
      case 'incr':
        return this.#increment(key);
      case 'del':
        return this.#delete(args.map((each) => `${db}/${each}`));
      case 'rpush':
        return this.#push(key, rest);
      case 'lpop':
        return this.#pop(key);
      case 'llen':
        return this.#onList(key, (list) => list.length);
      case 'lrange':
        return this.#onList(key, (list) => range(list, Number(rest[0]), Number(rest[1])));
      default:
        throw new Error(`the model has no ${name}`);
    }
  }

  /** Whether BLPOP would find something there. */
  hasElement(key: string): boolean {
    return Array.isArray(this.#values.get(key));
  }

  snapshot(): string {
    return JSON.stringify([...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  restore(snapshot: string): void {
    this.#values = new Map(JSON.parse(snapshot) as [string, Value][]);
  }

  #get(key: string): Done {
    const value = this.#values.get(key) ?? null;
    return nothingChanged(Array.isArray(value) ? WRONG_TYPE : value);
  }

  #set(key: string, [value = '', condition]: readonly string[]): Done {
    if (condition?.toLowerCase() === 'nx' && this.#values.has(key)) return nothingChanged(null);
    this.#values.set(key, value);
    return { answer: OK, changed: [key] };
  }

  #increment(key: string): Done {
    const value = this.#values.get(key) ?? '0';
    if (Array.isArray(value)) return nothingChanged(WRONG_TYPE);
    if (!/^-?\d+$/.test(value)) return nothingChanged(new Refusal('ERR value is not an integer or out of range'));
    const next = Number(value) + 1;
    this.#values.set(key, String(next));
    return { answer: next, changed: [key] };
  }

  #delete(keys: readonly string[]): Done {
    const changed = keys.filter((key) => this.#values.delete(key));
    return { answer: changed.length, changed };
  }

  #push(key: string, elements: readonly string[]): Done {
    const value = this.#values.get(key);
    if (typeof value === 'string') return nothingChanged(WRONG_TYPE);
    const list = value ?? [];
    list.push(...elements);
    this.#values.set(key, list);
    return { answer: list.length, changed: [key] };
  }

  #pop(key: string): Done {
    const value = this.#values.get(key);
    if (typeof value === 'string') return nothingChanged(WRONG_TYPE);
    const element = value?.shift();
    if (element === undefined) return nothingChanged(null);
    if (value?.length === 0) this.#values.delete(key);
    return { answer: element, changed: [key] };
  }

  #onList(key: string, read: (list: readonly string[]) => Answer): Done {
    const value = this.#values.get(key) ?? [];
    return nothingChanged(typeof value === 'string' ? WRONG_TYPE : read(value));
  }
}

function range(list: readonly string[], start: number, stop: number): Answer {
  const at = (index: number): number => (index < 0 ? list.length + index : index);
  return list.slice(Math.max(0, at(start)), at(stop) + 1);
}

/** What a call that waited gets at its time-out. */
export const WAITED_IN_VAIN: Answer = NULL_ARRAY;
