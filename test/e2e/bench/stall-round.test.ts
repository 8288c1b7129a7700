import t from 'tap';
import { isClean } from '../../../bench/load/findings.js';
import { holdfastContender } from '../../../bench/stall/holdfast.js';
import { SCENARIOS, type Scenario } from '../../../bench/stall/scenarios.js';
import { sentinelContender } from '../../../bench/stall/sentinel-failover.js';
import { stallRound } from '../../../bench/stall/stall-round.js';
import type { StallResult } from '../../../bench/stall/stall-result.js';
import type { StallContender } from '../../../bench/stall/contender.js';
import { skipWithout } from '../clients/support/program.js';

/** Little enough for a machine that does other things too. */
const LITTLE = { rate: 300, size: 64, connections: 5, readers: 2, readRate: 100, nodes: 2, switchovers: 2, rounds: 1 };

async function round(contender: StallContender, changed: Partial<Scenario> = {}): Promise<StallResult> {
  const [base] = SCENARIOS;
  if (base === undefined) throw new Error('no scenario');
  return stallRound({
    scenario: { ...base, ...LITTLE, ...changed },
    contender,
    switchovers: 2,
    rateIsProven: true,
    deadlineMs: Infinity,
    say: () => undefined,
  });
}

void t.test('Holdfast over a slow network: nothing is lost, and the round trips are counted', async (t) => {
  const result = await round(holdfastContender, { delayMs: 1 });
  t.same(
    result.samples.map(({ outcome }) => outcome),
    ['switched', 'switched'],
  );
  t.ok(isClean(result.findings), JSON.stringify(result.findings));
  t.match(result, { errors: 0, unknown: 0, disconnects: 0, reconnects: 0 });
  for (const { detail, picture, roundTripMs, quiet, after, ...during } of result.samples) {
    t.ok(roundTripMs >= 2, `a round trip of ${roundTripMs} ms`);
    for (const felt of [quiet, during, after])
      t.ok(felt.waitMs > 0 && felt.readWaitMs > 0, 'writes and reads were seen');
    if (detail === null) throw new Error('Holdfast states what it did');
    const { stallMs, phasesMs } = detail;
    // The last promotion, at least, has to go there and back.
    t.ok(stallMs >= 2, `a stall of ${stallMs} ms`);
    const phases = Object.values(phasesMs).reduce((total, ms) => total + ms, 0);
    t.ok(Math.abs(phases - stallMs) < 0.01, 'the phases are the stall');
    t.equal(picture !== null, picture === result.samples.at(-1)?.picture, 'there is a picture of the last one');
  }
});

void t.test(
  'Sentinel: clients hear of the switch, and what they wrote to the old master is seen to be lost',
  { skip: skipWithout('redis-sentinel') },
  async (t) => {
    const result = await round(sentinelContender);
    t.same(
      result.samples.map(({ outcome }) => outcome),
      ['switched', 'switched'],
    );
    const { connections, readers } = LITTLE;
    t.equal(result.reconnects, 2 * (connections + readers), 'each client went to the new master, each time');
    t.ok(result.findings.lost > 0, `lost ${result.findings.lost}`);
    t.match(result.findings, { doubled: 0, crossed: 0, ranThoughRefused: 0 });
  },
);
