import type { Test } from 'tap';
import { LoadProcess } from '../../../../bench/load/load-process.js';
import type { LoadReport } from '../../../../bench/load/messages.js';
import { DEFAULT_LOAD } from '../../../../bench/load/settings.js';
import type { Stage } from '../../../support/stage.js';
import { until } from '../../../support/until.js';

/** Far below what a busy machine sustains: what is looked at is correctness. */
const LOAD = { ...DEFAULT_LOAD, connections: 8, rate: 400, size: 256 };

/** A server that does not run for a while, on a busy machine, aborts no switchover here. */
export const PATIENT = { flags: ['--sync-timeout-ms=10000', '--pause-timeout-ms=60000'] };

/** A load that looks at each answer; it ends with the test. */
export async function startLoad(t: Test, stage: Pick<Stage, 'holdfast'>): Promise<LoadProcess> {
  const load = await LoadProcess.start({ ...LOAD, target: `127.0.0.1:${stage.holdfast.port}` });
  t.teardown(() => load.stop());
  return load;
}

/** Settles when the load has been answered that many more writes. */
export async function written(load: LoadProcess, more: number): Promise<void> {
  let [first, last] = [-1, 0];
  const listen = ({ acknowledgedWrites }: { acknowledgedWrites: number }): void => {
    if (first < 0) first = acknowledgedWrites;
    last = acknowledgedWrites;
  };
  load.events.on('progress', listen);
  await until(`${more} more writes are acknowledged`, () => first >= 0 && last - first >= more);
  load.events.off('progress', listen);
}

/** Whatever the promises forbid did not happen. */
export function isFlawless(t: Test, report: LoadReport): void {
  const { lost, doubled, outOfOrder, staleReads, crossed, ranThoughRefused, errors, unknown, disconnects } = report;
  t.same(
    { lost, doubled, outOfOrder, staleReads, crossed, ranThoughRefused, errors, unknown, disconnects },
    {
      lost: 0,
      doubled: 0,
      outOfOrder: 0,
      staleReads: 0,
      crossed: 0,
      ranThoughRefused: 0,
      errors: 0,
      unknown: 0,
      disconnects: 0,
    },
    JSON.stringify(report.errorTexts),
  );
  t.ok(report.acknowledgedWrites > 0 && report.acknowledgedReads > 0, 'the load did something');
}
