import { RawClient } from '../../../support/raw-client.js';
import type { Arena } from './arena.js';
import { sameReply } from './differences.js';
import { KNOWN } from './known.js';
import { inPatternOrder, isPush } from './reply-tree.js';
import { commandOf, type Item, type Say, type Sequence } from './sequence.js';
import { Voice } from './voice.js';

/** What the two sides said differently. */
export interface Finding {
  /** The step after which it was seen. */
  readonly step: number;
  readonly client: number;
  readonly what: string;
  readonly direct: string;
  readonly behind: string;
}

/** A client of the sequence, on both sides. */
interface Pair {
  direct: Voice;
  behind: Voice;
  directId: number;
  behindId: number;
  /** Commands whose replies may still come: of a transaction that is open, of calls that wait. */
  open: Set<string>;
  /** Replies that are still to come: it is blocked, or held. */
  owed: number;
}

/** How long the side behind Holdfast may take for what the direct side has said already: far more than it needs. */
const PATIENCE_MS = 3000;

/** How long the server itself is waited for where Holdfast has said more: only where a difference would be told otherwise. */
const DIRECT_LATE_MS = 500;

/** Round trips until what a large request is answered has come: the server reads and writes at most 16 and 64 KB in one turn. */
const MOST_ROUNDS = 200;

/** Plays a sequence on both sides, step by step. @returns the first finding, or null. */
export async function play(
  arena: Arena,
  sequence: Sequence,
  containers: ReadonlySet<string>,
  patienceMs: number = PATIENCE_MS,
): Promise<Finding | null> {
  const player = new Player(arena, containers, patienceMs);
  const finding = await playSteps(arena, sequence, player).finally(() => player.leave());
  const left = await arena.clean();
  const last = finding ?? leftovers(sequence, left);
  return last === null || isKnown(last) ? null : last;
}

function leftovers(sequence: Sequence, left: readonly string[]): Finding | null {
  if (left.length === 0) return null;
  return {
    step: sequence.steps.length - 1,
    client: 0,
    what: 'end: a connection kept its state',
    direct: '',
    behind: left.join('\n'),
  };
}

async function playSteps(arena: Arena, sequence: Sequence, player: Player): Promise<Finding | null> {
  await player.enter(sequence.clients);
  for (const [at, step] of sequence.steps.entries()) {
    if (step.kind === 'move') await arena.move();
    else await player.say(step);
    const finding = await player.compare(at);
    if (finding !== null) return finding;
  }
  return null;
}

class Player {
  readonly #arena: Arena;
  readonly #containers: ReadonlySet<string>;
  readonly #patienceMs: number;
  readonly #pairs: Pair[] = [];
  /** The commands of the step at hand and who said them. */
  #said: { readonly client: number; readonly commands: readonly string[] } = { client: -1, commands: [] };
  /** Somebody may have been told to keep silent: no reply proves nothing then. */
  #mayBeSilent = false;
  /** Somebody has made a call that waits for a short time; it may begin steps later, behind another. */
  #mayWait = false;

  constructor(arena: Arena, containers: ReadonlySet<string>, patienceMs: number) {
    this.#arena = arena;
    this.#containers = containers;
    this.#patienceMs = patienceMs;
  }

  async enter(count: number): Promise<void> {
    for (let client = 0; client < count; client++) {
      this.#pairs.push({ ...(await this.#connect()), directId: 0, behindId: 0, open: new Set(), owed: 0 });
    }
    await this.#learnIds();
  }

  leave(): void {
    for (const { direct, behind } of this.#pairs) {
      direct.client.close();
      behind.client.close();
    }
  }

  async say(step: Say): Promise<void> {
    const pair = this.#pair(step.client);
    if (pair.direct.client.isEnded) {
      Object.assign(pair, await this.#connect());
      pair.open.clear();
      pair.owed = 0;
      await this.#learnIds();
    }
    // What it said now would meet what others say in an order that nobody promises.
    if (pair.owed > 0) return;
    const commands = step.items.filter((item) => isAnswered(item)).map((item) => commandOf(item, this.#containers));
    this.#said = { client: step.client, commands };
    this.#mayBeSilent ||= commands.includes('client|reply');
    await Promise.all([
      pair.direct.say(step.items, step.cut, (word) => this.#placed(word, 'direct')),
      pair.behind.say(step.items, step.cut, (word) => this.#placed(word, 'behind')),
    ]);
    await this.#awaitDirect(pair.direct, step.items);
  }

  async compare(step: number): Promise<Finding | null> {
    await this.#awaitBehind();
    for (const [client, pair] of this.#pairs.entries()) {
      const found = await this.#compareOne(client, pair);
      if (found !== null) return { step, client, ...found };
    }
    this.#said = { client: -1, commands: [] };
    return null;
  }

  async #awaitDirect(direct: Voice, items: readonly Item[]): Promise<void> {
    await this.#arena.settleDirect();
    this.#mayWait ||= items.some((item) => waitsBriefly(item));
    if (this.#mayWait) {
      await this.#arena.waitsOver();
      await this.#arena.settleDirect();
    }
    const bytes = items.reduce((sum, item) => sum + ('raw' in item ? item.raw.length : item.words.join('').length), 0);
    const rounds = bytes > 8000 ? Math.min(MOST_ROUNDS, 4 + bytes / 8000) : 0;
    const unsettled = (round: number): boolean =>
      this.#pairs.some((pair) => pair.direct.inFrame) ||
      (round < rounds && direct.count < items.length && !direct.client.isEnded);
    for (let round = 0; round < MOST_ROUNDS && unsettled(round); round++) await this.#arena.settleDirect();
  }

  /** Settles when the side behind has said as much as the direct side, or will not. */
  async #awaitBehind(): Promise<void> {
    const until = performance.now() + this.#patienceMs;
    const behindhand = (): boolean =>
      this.#pairs.some(
        ({ direct, behind }) =>
          behind.count < direct.count ||
          (direct.client.isEnded ? !behind.client.isEnded : behind.client.isEnded && !this.#mayBeSilent),
      );
    const { client, commands } = this.#said;
    const silent = this.#mayBeSilent || (client >= 0 && this.#pair(client).direct.count < commands.length);
    if (silent || behindhand())
      await this.#arena.settleBehind(
        this.#pairs.map(({ behind }) => behind.client),
        this.#patienceMs,
      );
    while (behindhand() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 1));
    // Under load the kernel may deliver what was said to the server later than the questions that should follow it.
    const ahead = (): boolean =>
      this.#pairs.some(({ direct, behind }) => direct.count < behind.count && !direct.client.isEnded);
    const lateUntil = performance.now() + Math.min(this.#patienceMs, DIRECT_LATE_MS);
    while (ahead() && performance.now() < lateUntil) await this.#arena.settleDirect();
  }

  async #compareOne(client: number, pair: Pair): Promise<Omit<Finding, 'step' | 'client'> | null> {
    const { direct, behind, open } = pair;
    const said = this.#said.client === client ? this.#said.commands : [];
    for (const command of said) open.add(command);
    const [wanted, found] = [inPatternOrder(await direct.take()), inPatternOrder(await behind.take())];
    const answers = wanted.filter((frame) => !isPush(frame)).length;
    if (!this.#mayBeSilent) pair.owed = Math.max(0, pair.owed + said.length - answers);
    const paired = answers === said.length && !said.some((command) => /subscribe$|^client\|reply$/.test(command));
    let answered = 0;
    for (let at = 0; at < Math.max(wanted.length, found.length); at++) {
      const [one, two] = [wanted[at], found[at]];
      const mine = paired && one !== undefined && !isPush(one) ? said[answered++] : undefined;
      const commands = mine === undefined || mine === 'exec' ? open : new Set([mine]);
      if (one === undefined || two === undefined || !sameReply(one, two, commands)) {
        return { what: `frame ${at} of ${wanted.length} and ${found.length}`, direct: text(one), behind: text(two) };
      }
    }
    if (paired && (said.at(-1) === 'exec' || said.at(-1) === 'discard')) open.clear();
    // A server that keeps silent leaves a broken connection open and never answers there; Holdfast ends it.
    if (this.#mayBeSilent && behind.client.isEnded && !direct.client.isEnded) direct.client.close();
    else if (direct.client.isEnded !== behind.client.isEnded) {
      return { what: 'the end of the connection', direct: ending(direct), behind: ending(behind) };
    }
    return direct.client.isEnded && rest(direct) !== rest(behind)
      ? { what: 'the last words', direct: rest(direct), behind: rest(behind) }
      : null;
  }

  async #connect(): Promise<{ readonly direct: Voice; readonly behind: Voice }> {
    const { host, port } = this.#arena.direct;
    const [direct, behind] = await Promise.all([RawClient.connect({ host, port }), this.#arena.holdfast.client()]);
    return { direct: new Voice(direct), behind: new Voice(behind) };
  }

  async #learnIds(): Promise<void> {
    const direct = await this.#arena.directIds(this.#pairs.map((pair) => pair.direct.port));
    const behind = await this.#arena.behindIds(this.#pairs.map((pair) => pair.behind.port));
    for (const [at, pair] of this.#pairs.entries()) {
      pair.directId = direct[at] ?? 0;
      pair.behindId = behind[at] ?? 0;
    }
  }

  /** The number or the address of a client, as its side knows it. */
  #placed(word: string, side: 'direct' | 'behind'): string {
    const place = /^\{(id|addr):(\d)\}$/.exec(word);
    if (place === null) return word;
    const pair = this.#pair(Number(place[2]) % this.#pairs.length);
    if (place[1] === 'id') return String(side === 'direct' ? pair.directId : pair.behindId);
    return `127.0.0.1:${pair[side].port}`;
  }

  #pair(client: number): Pair {
    const pair = this.#pairs[client];
    if (pair === undefined) throw new Error(`no client ${client}`);
    return pair;
  }
}

function isKnown({ direct, behind }: Finding): boolean {
  return KNOWN.some((known) => known.direct.test(direct) && known.behind.test(behind));
}

/** Blank lines and requests without words are not. */
function isAnswered(item: Item): boolean {
  return 'words' in item || !/^(\s*|\*(0|-1)\r\n)$/.test(item.raw);
}

/** A call whose time is over soon; for ever is not awaited. */
function waitsBriefly(item: Item): boolean {
  const words = 'words' in item ? item.words : [];
  return /^(b[lrz]|xread|wait)/i.test(words[0] ?? '') && words.some((word) => /^(0\.0\d|1|10|20)$/.test(word));
}

function text(frame: Buffer | undefined): string {
  return frame === undefined ? '(nothing)' : JSON.stringify(frame.toString('latin1'));
}

function ending(voice: Voice): string {
  return voice.client.isEnded ? 'ended' : 'open';
}

function rest(voice: Voice): string {
  return JSON.stringify(voice.client.received.toString('latin1'));
}
