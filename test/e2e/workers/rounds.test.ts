import t from 'tap';
import { LoadProcess } from '../../../bench/load/load-process.js';
import { DEFAULT_LOAD } from '../../../bench/load/settings.js';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const LOAD = { ...DEFAULT_LOAD, connections: 8, rate: 400, size: 256 };

void t.test('the master moves under load, and two workers move as one', async (t) => {
  const stage = await startStage(t, { flags: ['--workers=2'] });
  const load = await LoadProcess.start({ ...LOAD, target: `127.0.0.1:${stage.holdfast.port}` });
  t.teardown(() => load.stop());
  let written = 0;
  load.events.on('progress', ({ acknowledgedWrites }) => (written = acknowledgedWrites));
  const master = await switchRounds(t, stage, scaled(10, 200), async () => {
    const from = written;
    await until('the load goes on', () => written >= from + 20);
  });
  const { lost, doubled, outOfOrder, staleReads, crossed, errors, unknown, disconnects } = await load.finish(master.id);
  t.same(
    { lost, doubled, outOfOrder, staleReads, crossed, errors, unknown, disconnects },
    { lost: 0, doubled: 0, outOfOrder: 0, staleReads: 0, crossed: 0, errors: 0, unknown: 0, disconnects: 0 },
  );
});
