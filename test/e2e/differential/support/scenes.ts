import type { Dice } from './dice.js';
import { fixed, type RequestMaker } from './request-maker.js';
import {
  CACHED,
  CHANGES,
  LISTENS,
  TELLS,
  TRACKS,
  UNBLOCKS,
  WAITS,
  WAKES,
  WHILE_LISTENING,
  WHILE_PAUSED,
  WHO,
} from './scene-lines.js';
import type { Item, Say } from './sequence.js';

/** What a scene is made with; `client()` picks anyone, `other(than)` somebody else (or the same when there is only one). */
export interface Cast {
  readonly dice: Dice;
  readonly maker: RequestMaker;
  readonly clients: number;
}

export type Scene = (cast: Cast) => readonly Say[];

/** A line as words; `~` is an empty word. */
function say(line: string): Item {
  return { words: fixed(line) };
}

function one({ dice, clients }: Cast): number {
  return dice.below(clients);
}

function other({ dice, clients }: Cast, than: number): number {
  return clients === 1 ? than : (than + dice.between(1, clients - 1)) % clients;
}

function step({ dice }: Cast, client: number, ...items: readonly Item[]): Say {
  return { kind: 'say', client, items, cut: dice.chance(0.3) ? dice.between(1, 1_000_000) : 0 };
}

function several({ maker, dice }: Cast, count: number): readonly Item[] {
  return Array.from({ length: count }, () => maker.any(dice));
}

const DATA_GROUPS = ['string', 'list', 'set', 'sorted-set', 'hash', 'stream', 'generic', 'bitmap'];

/** Every client says something of its own, alone or in a pipeline. */
export const plain: Scene = (cast) => {
  const { dice } = cast;
  return [step(cast, one(cast), ...several(cast, dice.chance(0.6) ? 1 : dice.between(2, 8)))];
};

/** Commands about the data, many at once. */
export const data: Scene = (cast) => {
  const { dice, maker } = cast;
  return [
    step(cast, one(cast), ...Array.from({ length: dice.between(1, 10) }, () => maker.inGroups(DATA_GROUPS, dice))),
  ];
};

export const transaction: Scene = (cast) => {
  const { dice, maker } = cast;
  const me = one(cast);
  const steps: Say[] = [];
  if (dice.chance(0.4)) {
    steps.push(step(cast, me, say(dice.pick(['WATCH str1', 'WATCH str1 list1', 'WATCH none', 'WATCH']))));
    if (dice.chance(0.5))
      steps.push(
        step(cast, other(cast, me), say(dice.pick(['SET str1 changed', 'DEL list1', 'GET str1', 'FLUSHALL']))),
      );
    if (dice.chance(0.2)) steps.push(step(cast, me, say('UNWATCH')));
  }
  const queue: Item[] = [say(dice.chance(0.95) ? 'MULTI' : 'MULTI x')];
  for (let count = dice.between(0, 6); count > 0; count--)
    queue.push(dice.chance(0.5) ? maker.any(dice) : maker.inGroups(DATA_GROUPS, dice));
  queue.push(say(dice.weighted({ EXEC: 8, DISCARD: 2, 'EXEC x': 1, RESET: 1, MULTI: 1 })));
  if (dice.chance(0.5)) return [...steps, step(cast, me, ...queue)];
  for (const item of queue) {
    steps.push(step(cast, me, item));
    if (dice.chance(0.15)) steps.push(step(cast, other(cast, me), maker.inGroups(DATA_GROUPS, dice)));
  }
  return steps;
};

/** Some wait, others bring what they wait for, or something else. */
export const blocked: Scene = (cast) => {
  const { dice } = cast;
  const steps: Say[] = [];
  if (dice.chance(0.4)) steps.push(step(cast, one(cast), say('XGROUP CREATE stream1 g1 $ MKSTREAM')));
  for (let count = dice.between(1, 3); count > 0; count--) {
    const behind = dice.chance(0.2) ? [say('PING'), say('GET str1')] : [];
    steps.push(step(cast, one(cast), say(dice.pick(WAITS)), ...behind));
  }
  for (let count = dice.between(1, 4); count > 0; count--) {
    if (dice.chance(0.2)) steps.push(step(cast, one(cast), say(dice.pick(UNBLOCKS))));
    const wakes = Array.from({ length: dice.chance(0.7) ? 1 : 3 }, () => say(dice.pick(WAKES)));
    steps.push(step(cast, one(cast), ...wakes));
  }
  return steps;
};

/** Subscribers in RESP2 and RESP3, publishers, and what a subscriber may say besides. */
export const listening: Scene = (cast) => {
  const { dice, maker } = cast;
  const steps: Say[] = [];
  const me = one(cast);
  if (dice.chance(0.4)) steps.push(step(cast, me, say('HELLO 3')));
  if (dice.chance(0.15))
    steps.push(
      step(cast, one(cast), say('CONFIG SET notify-keyspace-events KEA')),
      step(cast, me, say('PSUBSCRIBE __key*__:*')),
    );
  for (let count = dice.between(2, 7); count > 0; count--) {
    const kind = dice.weighted({ listen: 4, tell: 5, mine: 3, data: 2 });
    if (kind === 'listen') steps.push(step(cast, dice.chance(0.8) ? me : one(cast), say(dice.pick(LISTENS))));
    else if (kind === 'tell')
      steps.push(step(cast, one(cast), ...Array.from({ length: dice.between(1, 3) }, () => say(dice.pick(TELLS)))));
    else if (kind === 'mine') steps.push(step(cast, me, say(dice.pick(WHILE_LISTENING))));
    else steps.push(step(cast, other(cast, me), maker.inGroups(DATA_GROUPS, dice)));
  }
  return steps;
};

export const tracking: Scene = (cast) => {
  const { dice } = cast;
  const me = one(cast);
  const steps: Say[] = [];
  if (dice.chance(0.75)) steps.push(step(cast, me, say('HELLO 3')));
  if (dice.chance(0.3)) steps.push(step(cast, other(cast, me), say('SUBSCRIBE __redis__:invalidate')));
  steps.push(step(cast, me, say(dice.pick(TRACKS))));
  for (let count = dice.between(2, 7); count > 0; count--) {
    const kind = dice.weighted({ read: 4, change: 4, track: 1 });
    if (kind === 'read')
      steps.push(step(cast, me, ...Array.from({ length: dice.between(1, 3) }, () => say(dice.pick(CACHED)))));
    else if (kind === 'change') steps.push(step(cast, one(cast), say(dice.pick(CHANGES))));
    else steps.push(step(cast, me, say(dice.pick(TRACKS))));
  }
  return steps;
};

/** CLIENT REPLY in every position. */
export const silence: Scene = (cast) => {
  const { dice } = cast;
  const me = one(cast);
  const said = (): Item =>
    dice.chance(0.4)
      ? say(
          dice.pick(['CLIENT REPLY OFF', 'CLIENT REPLY SKIP', 'CLIENT REPLY ON', 'CLIENT REPLY', 'client reply skip']),
        )
      : dice.chance(0.5)
        ? cast.maker.any(dice)
        : say(
            dice.pick([
              'PING',
              'INCR num',
              'MULTI',
              'EXEC',
              'SELECT 1',
              'GET num',
              'CLIENT GETNAME',
              'SUBSCRIBE ch1',
              'HELLO 3',
              'NOSUCH',
            ]),
          );
  const items = Array.from({ length: dice.between(3, 9) }, said);
  const end = step(cast, me, say('CLIENT REPLY ON'), say('PING'));
  return dice.chance(0.5) ? [step(cast, me, ...items), end] : [...items.map((item) => step(cast, me, item)), end];
};

/** Who a client is, in the middle of pipelines. */
export const identity: Scene = (cast) => {
  const { dice, maker } = cast;
  const me = one(cast);
  const steps: Say[] = [];
  if (dice.chance(0.5))
    steps.push(
      step(cast, other(cast, me), maker.named('acl|setuser', dice)),
      step(cast, other(cast, me), say('ACL SETUSER u1 on >pw1 ~* &* +@all')),
    );
  const items = Array.from({ length: dice.between(2, 8) }, () =>
    dice.chance(0.6) ? say(dice.pick(WHO)) : maker.inGroups(DATA_GROUPS, dice),
  );
  steps.push(...(dice.chance(0.5) ? [step(cast, me, ...items)] : items.map((item) => step(cast, me, item))));
  if (dice.chance(0.2))
    steps.push(step(cast, other(cast, me), maker.named(dice.pick(['acl|deluser', 'client|kill']), dice)));
  return steps;
};

/** A pause, what waits for its end and what does not, and its end. */
export const paused: Scene = (cast) => {
  const { dice } = cast;
  const me = one(cast);
  const steps = [step(cast, me, say('CLIENT PAUSE 30000 WRITE'))];
  for (let count = dice.between(1, 4); count > 0; count--) {
    const items = Array.from({ length: dice.between(1, 3) }, () => say(dice.pick(WHILE_PAUSED)));
    steps.push(step(cast, other(cast, me), ...items));
  }
  return [...steps, step(cast, me, say('CLIENT UNPAUSE'))];
};
