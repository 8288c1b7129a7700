import { setTimeout as delay } from 'node:timers/promises';

/** Far beyond what any wait takes on a busy machine: reaching it means that the thing will not happen. */
const GIVE_UP_MS = 30_000;

/**
 * Until a condition is looked at again: so short that it is not felt. A look that takes long (a connection to the admin port)
 * is followed by as long a rest, which leaves the processor to the servers.
 */
const LOOK_AGAIN_MS = { least: 2, most: 20 };

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
    const from = performance.now();
    try {
      const seen = await probe();
      if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
      last = seen;
    } catch (error) {
      last = error;
    }
    const tookMs = performance.now() - from;
    await delay(Math.min(Math.max(tookMs, LOOK_AGAIN_MS.least), LOOK_AGAIN_MS.most));
  }
  throw new Error(`gave up waiting until ${what} (last seen: ${String(last)})`);
}
