import { setTimeout as delay } from 'node:timers/promises';

/** Far beyond what any wait takes on a busy machine: reaching it means that the thing will not happen. */
const GIVE_UP_MS = 30_000;

/** How often a condition is looked at: often enough not to be felt, seldom enough to leave the processor to the servers. */
const LOOK_AGAIN_MS = 2;

/**
 * Looks again and again until `probe` returns something other than `undefined` or `false`. A probe that throws counts
 * as "not yet"; its last error is told when the wait is given up.
 *
 * @param what Completes the sentence "gave up waiting until …".
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  giveUpMs: number = GIVE_UP_MS,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + giveUpMs;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const seen = await probe();
      if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
      last = seen;
    } catch (error) {
      last = error;
    }
    await delay(LOOK_AGAIN_MS);
  }
  throw new Error(`gave up waiting until ${what} (last seen: ${String(last)})`);
}
