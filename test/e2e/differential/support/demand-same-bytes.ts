import type { Test } from 'tap';
import { runCampaign, type Campaign } from './campaign.js';

/** Differences after which the rest is of no interest. */
const ENOUGH = 3;

/** Plays `count` sequences; each difference fails the test, with all that is needed to repeat it. */
export async function demandSameBytes(
  t: Test,
  { count, ...campaign }: Pick<Campaign, 'from' | 'moving' | 'lanes'> & { readonly count: number },
): Promise<void> {
  const played = await runCampaign({
    ...campaign,
    goOn: (done, found) => done < count && found < ENOUGH,
    onDifference: (text) => t.fail(text),
  });
  t.equal(played, count, `${played} sequences`);
}
