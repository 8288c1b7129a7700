import t from 'tap';
import type { LoadReport } from '../../../bench/load/messages.js';
import { switchoverAnswer } from '../../../bench/support/operator.js';
import { reportText } from '../../../demo/report.js';
import { failures, resultJson, type DemoResult } from '../../../demo/result.js';

const LOAD: LoadReport = {
  lost: 0,
  doubled: 0,
  outOfOrder: 0,
  staleReads: 0,
  crossed: 0,
  ranThoughRefused: 0,
  acknowledgedWrites: 1_000,
  acknowledgedReads: 100,
  errors: 0,
  errorTexts: {},
  unknown: 0,
  disconnects: 0,
  reconnects: 0,
  waitP50Ms: 1,
  waitP99Ms: 2,
  waitMaxMs: 3,
  wantedRate: 10_000,
  finalRate: 10_000,
  reachedRate: 10_000,
  cores: 0.3,
};

function result(load: Partial<LoadReport> = {}, outcome = 'switched', switchovers = 1): DemoResult {
  const answer = { ...switchoverAnswer([]), outcome, stallUs: 1_500, resync: { a: 'partial', b: 'full' } };
  const window = { fromMs: 0, maxWaitMs: 2.5, maxGapMs: 2, acknowledgements: [1, 0, 3], waitsMs: [0.1, 0, 2.5] };
  return {
    machine: {
      cpu: 'x',
      cores: 2,
      memoryGiB: 1,
      system: 'x',
      node: 'x',
      programs: {},
      date: 'x',
      commit: '',
      loadBefore: 0,
    },
    options: { json: false, switchovers, rate: 10_000, size: 2_048, connections: 50, duration: 1 },
    nodes: ['127.0.0.1:1', '127.0.0.1:2'],
    switches: [{ from: '127.0.0.1:1', to: '127.0.0.1:2', answer, window }],
    load: { ...LOAD, ...load },
  };
}

await t.test('a run in which nothing went wrong has no failures', async (t) => {
  t.same(failures(result()), []);
  t.match(resultJson(result()), { ok: true, stallMs: { p50: 1.5 }, clientMaxWaitMs: { max: 2.5 } });
  t.match(reportText(result()), /no client noticed/);
});

await t.test('each thing that must not happen fails the run', async (t) => {
  const broken: readonly Partial<LoadReport>[] = [
    { lost: 1 },
    { doubled: 1 },
    { outOfOrder: 1 },
    { staleReads: 1 },
    { crossed: 1 },
    { ranThoughRefused: 1 },
    { errors: 1, errorTexts: { 'READONLY x': 1 } },
    { unknown: 1 },
    { disconnects: 1 },
    { acknowledgedWrites: 0 },
  ];
  for (const load of broken) {
    t.equal(failures(result(load)).length, 1, JSON.stringify(load));
    t.match(reportText(result(load)), /Not as promised/);
  }
});

await t.test('a switchover that was refused or did not take place fails the run', async (t) => {
  t.match(failures(result({}, 'REFUSED lagging')).join(), /REFUSED lagging/);
  t.match(failures(result({}, 'switched', 2)).join(), /only 1 of 2/);
});

await t.test('the table has the ports of the nodes and how the replicas were resynchronised', async (t) => {
  t.match(reportText(result()), /1 → 2 .*1\.50.*2\.50.*1 partial, 1 full/);
});
