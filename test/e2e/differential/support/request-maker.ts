import type { ArgumentSpec, CommandSpec } from './command-docs.js';
import type { Dice } from './dice.js';
import { EXCLUDED, PINNED } from './pinned.js';
import type { Item } from './sequence.js';
import { keyFor, strayWord, wordFor } from './words.js';

/** Options are mostly left out, or hardly any request would be right. */
const OPTION_CHANCE = 0.3;

/** Where a count of keys stands that is written when the keys are known. */
interface Draft {
  readonly words: string[];
  numkeysAt: number;
}

/** Makes requests of every command that a server documents, right ones and wrong ones. */
export class RequestMaker {
  readonly #specs: readonly CommandSpec[];
  readonly #byGroup: ReadonlyMap<string, readonly CommandSpec[]>;
  /** Commands that consist of subcommands. */
  readonly containers: ReadonlySet<string>;

  constructor(all: readonly CommandSpec[]) {
    this.containers = new Set(
      all.flatMap(({ name }) => (name.includes('|') ? [name.slice(0, name.indexOf('|'))] : [])),
    );
    this.#specs = all.filter(({ name }) => EXCLUDED[name] === undefined);
    const groups = new Map<string, CommandSpec[]>();
    for (const spec of this.#specs) groups.set(spec.group, [...(groups.get(spec.group) ?? []), spec]);
    this.#byGroup = groups;
  }

  /** The names of all commands that may come. */
  get names(): readonly string[] {
    return this.#specs.map(({ name }) => name);
  }

  /** Any command, each group as often as another; one in six is wrong in some way. */
  any(dice: Dice): Item {
    const group = dice.pick([...this.#byGroup.keys()]);
    return this.of(dice.pick(this.#byGroup.get(group) ?? []), dice);
  }

  /** The `n`th command of all, from the beginning again when they are through. */
  nth(n: number, dice: Dice): Item {
    return this.of(dice.pick(this.#specs.slice(n % this.#specs.length).slice(0, 1)), dice);
  }

  /** A command of one of these groups. */
  inGroups(groups: readonly string[], dice: Dice): Item {
    return this.of(dice.pick(this.#byGroup.get(dice.pick(groups)) ?? this.#specs), dice);
  }

  /** A request of this very command. */
  named(name: string, dice: Dice): Item {
    const spec = this.#specs.find((each) => each.name === name);
    if (spec === undefined) throw new Error(`the server knows no ${name}, or it is left out`);
    return this.of(spec, dice);
  }

  of(spec: CommandSpec, dice: Dice): Item {
    const pinned = PINNED[spec.name];
    if (pinned !== undefined) return { words: fixed(dice.pick(pinned)) };
    const draft: Draft = { words: spec.name.toUpperCase().split('|'), numkeysAt: -1 };
    for (const part of spec.parts) addArgument(draft, spec, part, dice);
    const wrong = dice.chance(0.16);
    const words = wrong ? spoil(draft.words, mayWait(spec.name) ? [3, 4] : SPOILS, this.containers, dice) : draft.words;
    if (dice.chance(0.2)) words[0] = oddCase(words[0] ?? '', dice);
    return { words };
  }
}

/** The words of a line in which `~` is an empty word. */
export function fixed(line: string): string[] {
  return line.split(' ').map((word) => (word === '~' ? '' : word));
}

function addArgument(draft: Draft, spec: CommandSpec, part: ArgumentSpec, dice: Dice): void {
  if (part.optional && !dice.chance(OPTION_CHANCE)) return;
  repeat(draft, spec, part, part.multiple ? dice.between(1, 3) : 1, dice);
}

function repeat(draft: Draft, spec: CommandSpec, part: ArgumentSpec, times: number, dice: Dice): void {
  const { words } = draft;
  for (let time = 0; time < times; time++) {
    if (part.token !== null && part.type !== 'pure-token' && (time === 0 || part.multipleToken))
      words.push(...token(part.token));
    addOnce(draft, spec, part, dice);
  }
  if (part.type === 'key' && draft.numkeysAt >= 0) {
    if (dice.chance(0.95)) words[draft.numkeysAt] = String(times);
    draft.numkeysAt = -1;
  }
}

function addOnce(draft: Draft, spec: CommandSpec, part: ArgumentSpec, dice: Dice): void {
  const { words } = draft;
  switch (part.type) {
    case 'pure-token':
      words.push(...token(part.token ?? part.name));
      return;
    case 'oneof':
      addArgument(draft, spec, { ...dice.pick(part.parts), optional: false }, dice);
      return;
    case 'block': {
      // XREAD STREAMS wants as many ids as keys.
      const times = dice.between(1, 2);
      const paired = part.parts.filter((each) => each.multiple).length > 1;
      for (const each of part.parts) {
        if (paired && each.multiple) repeat(draft, spec, each, times, dice);
        else addArgument(draft, spec, each, dice);
      }
      return;
    }
    default:
      if (part.name === 'numkeys') {
        draft.numkeysAt = words.length;
        words.push('0');
      } else words.push(wordFor(spec.name, spec.group, part, dice));
  }
}

/** COMMAND DOCS writes an empty token as `""`. */
function token(text: string): readonly string[] {
  return text === '' || text === '""' ? [''] : text.split(' ');
}

/** A stray number must not become the timeout of a call that waits: nobody would wait for the end. */
function mayWait(name: string): boolean {
  return /^(b[lrz]|xread|wait)/.test(name);
}

const SPOILS = [0, 1, 2, 3, 4, 5] as const;

/** One thing is wrong: too few words, too many, another one, an unknown subcommand, the key of another type. */
function spoil(
  words: readonly string[],
  ways: readonly number[],
  containers: ReadonlySet<string>,
  dice: Dice,
): string[] {
  const spoilt = [...words];
  const at = dice.below(words.length);
  switch (dice.pick(ways)) {
    case 0:
      return spoilt.slice(0, Math.max(1, dice.between(1, words.length)));
    case 1:
      spoilt.splice(at + 1, 0, strayWord(dice));
      break;
    case 2:
      if (at > 0) spoilt[at] = strayWord(dice);
      break;
    case 3:
      spoilt[at] = dice.pick(['NOSUCH', 'nosuch|thing', '', 'G\x00ET', 'get ', 'x'.repeat(200)]);
      break;
    case 4:
      if (words.length > 1) spoilt[1] = containers.has(words[0]?.toLowerCase() ?? '') ? 'HELP' : keyFor('', dice);
      break;
    default:
      return [...spoilt, strayWord(dice)];
  }
  return spoilt;
}

function oddCase(word: string, dice: Dice): string {
  return dice.chance(0.5)
    ? word.toLowerCase()
    : word.replaceAll(/./gs, (letter) => (dice.chance(0.5) ? letter.toLowerCase() : letter.toUpperCase()));
}
