import type { RedisServer } from '../support/redis-server.js';
import type { SeededRandom } from '../unit/resp/seeded-random.js';
import type { Arena, ArenaNode } from './arena.js';

/** What a node is for the switch that is tried. */
export type Role = 'old' | 'candidate' | 'other';

/** The arena as one run sees it. */
export interface Scene extends Readonly<Record<Role, ArenaNode>> {
  readonly arena: Arena;
  readonly random: SeededRandom;
  /** Notes what was done, for the report of a run that fails. */
  readonly note: (what: string) => void;
  /** Somebody other than Holdfast has given up acknowledged writes; what is missing afterwards is his. */
  readonly excuse: (why: string) => void;
  /** Looked at when all has settled. */
  readonly checkLater: (check: Check) => void;
  /** Called when the run is over, whether the fault has struck or not. */
  readonly atTheEnd: (cleanUp: () => Promise<void> | void) => void;
}

/**
 * @param hasFailedOver what was acknowledged may be missing then; what is there has to be right all the same.
 * @returns what is wrong with the master, else empty.
 */
export type Check = (master: RedisServer, hasFailedOver: boolean) => Promise<string>;

/** The roles of the next run: the master as Holdfast serves it, and the replicas in an order drawn by lot. */
export async function setScene(
  arena: Arena,
  random: SeededRandom,
  hooks: Pick<Scene, 'note' | 'excuse' | 'checkLater' | 'atTheEnd'>,
): Promise<Scene> {
  const old = arena.node((await arena.holdfast.fields('STATUS')).text('master'));
  const replicas = arena.nodes.filter((node) => node !== old);
  const candidate = random.pick(replicas);
  const other = replicas.find((node) => node !== candidate);
  if (other === undefined) throw new Error('an arena without a third node');
  return { arena, old, candidate, other, random, ...hooks };
}
