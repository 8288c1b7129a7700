import t, { type Test } from 'tap';
import { PipelineLoad } from '../../support/pipeline-load.js';
import type { RedisServer } from '../../support/redis-server.js';
import { startStage, type Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { moveElsewhere, stopWrites } from './support/elsewhere.js';

/** Somebody makes `to` the master in place of `from`, behind Holdfast's back, without losing a write. */
type Move = (from: RedisServer, to: RedisServer) => Promise<void>;

const MOVES: Readonly<Record<string, Move>> = {
  'FAILOVER TO': async (from, to) => {
    await until('both are in step', async () => (await to.info('replication')).get('master_link_status') === 'up');
    await from.send('FAILOVER', 'TO', to.host, String(to.port));
    await until('the roles have changed', async () => (await from.info('replication')).get('role') === 'slave');
  },
  'a pause, and REPLICAOF on both nodes at once': moveElsewhere,
  'a pause, the old master first, and no master for a while': async (from, to) => {
    await stopWrites(from, to);
    await from.send('REPLICAOF', to.host, String(to.port));
    await from.send('CLIENT', 'UNPAUSE');
    await new Promise((resolve) => setTimeout(resolve, 150));
    await to.send('REPLICAOF', 'NO', 'ONE');
  },
  'a pause, the new master first': async (from, to) => {
    await stopWrites(from, to);
    await to.send('REPLICAOF', 'NO', 'ONE');
    await from.send('REPLICAOF', to.host, String(to.port));
    await from.send('CLIENT', 'UNPAUSE');
  },
};

async function moveOften(t: Test, stage: Stage, times: number, load: PipelineLoad): Promise<void> {
  const { shard, holdfast } = stage;
  let [from, to] = [shard.master, stage.candidate];
  for (let round = 0; round < times; round++) {
    for (const [name, move] of Object.entries(MOVES)) {
      await load.goesOn(20);
      await move(from, to);
      [from, to] = [to, from];
      await load.goesOn(20);
      t.equal((await holdfast.fields('STATUS')).text('master'), from.id, name);
      t.same(load.wrong, [], 'each reply in its place, and no error');
      if (load.wrong.length > 0) return;
    }
  }
  const differing = await load.stop((key) => from.send('GET', key));
  t.same(differing, [], 'nothing lost, nothing doubled');
  t.same(load.wrong, [], 'each reply in its place, and no error');
  t.equal(load.unknown, 0);
}

for (const workers of [1, 2]) {
  t.test(`somebody else moves the master under pipelines, workers: ${workers}`, async (t) => {
    const stage = await startStage(t, { replicas: 1, flags: [`--workers=${workers}`] });
    const load = await PipelineLoad.start(
      { host: '127.0.0.1', port: stage.holdfast.port },
      { connections: 20, pairs: 8 },
    );
    await moveOften(t, stage, 2, load);
  });
}
