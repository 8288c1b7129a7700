import { Dice } from './dice.js';
import type { RequestMaker } from './request-maker.js';
import { broken, inline, large, longPipeline } from './rough-scenes.js';
import {
  blocked,
  data,
  identity,
  listening,
  paused,
  plain,
  silence,
  tracking,
  transaction,
  type Scene,
} from './scenes.js';
import { commandOf, type Item, type Sequence, type Step } from './sequence.js';
import { NOT_WHILE_MOVING } from './pinned.js';

const SCENES = {
  plain,
  data,
  transaction,
  blocked,
  listening,
  tracking,
  silence,
  identity,
  paused,
  large,
  longPipeline,
  inline,
  broken,
};
type SceneName = keyof typeof SCENES;

/** How often each scene is played; the dear ones seldom. */
const USUAL: Readonly<Record<SceneName, number>> = {
  plain: 12,
  data: 6,
  transaction: 6,
  blocked: 5,
  listening: 5,
  tracking: 4,
  silence: 3,
  identity: 5,
  paused: 1,
  large: 1,
  longPipeline: 0.5,
  inline: 2,
  broken: 1.5,
};

/** Without what a move is known to change (`NOT_WHILE_MOVING`). */
const MOVING: Readonly<Record<SceneName, number>> = { ...USUAL, tracking: 0, paused: 0, identity: 2, large: 1.5 };

/** Holdfast refuses inside MULTI what would mean a connection that is not the client's own. */
const NOT_IN_MULTI = /subscribe$|^client\|(reply|tracking|unblock)$/;

/** Makes the sequence of a seed: one to four clients, one to four scenes of a few steps. */
export function generate(seed: number, maker: RequestMaker, moving: boolean): Sequence {
  const dice = new Dice(seed);
  const clients = dice.between(1, 4);
  const steps: Step[] = [];
  const inMulti = new Set<number>();
  let broadcasts = false;
  const maySay = (client: number, item: Item): boolean => {
    const command = commandOf(item, maker.containers);
    if (command === 'multi') inMulti.add(client);
    if (command === 'exec' || command === 'discard' || command === 'reset') inMulti.delete(client);
    if (moving && NOT_WHILE_MOVING.has(command)) return false;
    return !inMulti.has(client) || !NOT_IN_MULTI.test(command);
  };
  // Each seed begins with the next command of the list, so that none depends on chance.
  const first = maker.nth(seed, dice);
  if (maySay(0, first)) steps.push({ kind: 'say', client: 0, items: [first], cut: 0 });
  for (let scenes = dice.between(1, 4); scenes > 0; scenes--) {
    const scene: Scene = SCENES[dice.weighted(moving ? MOVING : USUAL)];
    for (const step of scene({ dice, maker, clients })) {
      const items = upToWait(step.items.filter((item) => maySay(step.client, item)));
      if (items.length === 0) continue;
      if (moving && dice.chance(0.1)) steps.push({ kind: 'move' });
      // Broadcast invalidations are gathered for as long as the server reads: how the bytes arrive would show.
      broadcasts ||= items.some((item) => 'words' in item && item.words.includes('BCAST'));
      if (broadcasts) for (const item of items.slice(0, 10)) steps.push({ ...step, items: [item], cut: 0 });
      else steps.push({ ...step, items });
    }
  }
  return { seed, clients, steps };
}

/**
 * What stands behind a call that waits for others runs together with what they say next, in no order that is promised. What
 * stands behind QUIT can reset the connection before its last words are read.
 */
function upToWait(items: readonly Item[]): readonly Item[] {
  const at = items.findIndex((item) => {
    if (!('words' in item)) return false;
    const name = item.words[0]?.toLowerCase() ?? '';
    return name === 'quit' || (item.words.includes('0') && /^(b[lrz]|xread|wait)/.test(name));
  });
  return at < 0 ? items : items.slice(0, at + 1);
}
