import t from 'tap';
import { switchRounds } from '../../support/switch-rounds.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { isFlawless, startLoad, written } from './support/load.js';

const LANES = 3;
const ROUNDS = 10;

void t.test('clients that share several lanes go round the nodes under load', async (t) => {
  const stage = await startStage(t, { replicas: 1, flags: [`--lanes=${LANES}`] });
  const { holdfast } = stage;
  const lanes = (): Promise<number> => holdfast.metric('holdfast_upstreams{kind="lane"}');
  const load = await startLoad(t, stage);
  const last = await switchRounds(t, stage, ROUNDS, async () => {
    await written(load, 20);
    await until('each of them is there, on the master alone', async () => (await lanes()) === LANES);
  });
  await written(load, 20);
  isFlawless(t, await load.finish(last.id));
});
