import type { Test } from 'tap';
import { runCampaign } from './campaign.js';

/** Differences after which the rest is of no interest. */
const ENOUGH = 3;

/** Plays `count` sequences, the first with the seed `from`; each difference fails the test, with all that is needed to repeat it. */
export async function demandSameBytes(t: Test, from: number, count: number, moving: boolean): Promise<void> {
  const played = await runCampaign({
    from,
    moving,
    goOn: (done, found) => done < count && found < ENOUGH,
    onDifference: (text) => t.fail(text),
  });
  t.equal(played, count, `${played} sequences`);
}
