import type { Test } from 'tap';
import { Campaign } from '../../../chaos/campaign.js';
import type { Fault } from '../../../chaos/faults/fault.js';
import { resultLines } from '../../../chaos/lines.js';
import { drawPlan } from '../../../chaos/plan.js';
import { scaled } from '../../../support/scale.js';

/** Each fault so many times on the same shard, at moments that the seeds draw; nothing may be lost, doubled, stale or left hanging. */
export async function beat(t: Test, faults: readonly Fault[], usual = 1, full = 50): Promise<void> {
  const campaign = new Campaign();
  t.teardown(() => campaign.end());
  for (let round = 0; round < scaled(usual, full); round++) {
    for (const [index, fault] of faults.entries()) {
      const { result, isBad, evidence } = await campaign.run(drawPlan(1 + index + round * faults.length, [fault]));
      const lines = resultLines(result);
      t.notOk(isBad, lines.at(0) ?? '', { lines, evidence: evidence.split('\n').slice(0, 200) });
    }
  }
}
