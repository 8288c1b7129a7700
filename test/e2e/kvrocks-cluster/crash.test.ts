import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { inCluster } from '../../support/kvrocks/cluster-double.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';

await t.test('Holdfast dies before the old master is told: the next one tells it, and ends its pause', async (t) => {
  const shard = await startKvrocksShard(1, { cluster: true });
  t.teardown(() => shard.dispose());
  const [master, candidate] = shard.nodes.map(inCluster);
  if (master === undefined || candidate === undefined) throw new Error('two nodes are wanted');
  const stateDir = mkdtempSync(join(tmpdir(), 'holdfast-crash-'));
  t.teardown(() => rmSync(stateDir, { recursive: true, force: true }));
  const options = { nodes: shard.ids, stateDir, flags: ['--topology=kvrocks-cluster', '--align-promotion=no'] };
  const first = await ServeProcess.start(options);
  t.teardown(() => first.dispose());

  const set = master.cluster.setNodes.bind(master.cluster);
  master.cluster.setNodes = () => ({ error: 'ERR not now' });
  const to = hostAndPort(candidate.id);
  void first.refusal('SWITCHOVER', 'TO', ...to, 'SYNCTIMEOUT', '10000', 'PAUSETIMEOUT', '600000');
  await first.reaches('settling');
  first.signal('SIGKILL');
  await first.ended();
  master.cluster.setNodes = set;
  t.equal(master.master, null);
  t.equal(master.pause.active, true);

  const second = await ServeProcess.start(options);
  t.teardown(() => second.dispose());
  t.equal((await second.fields('STATUS')).text('master'), candidate.id);
  await until('the old master follows', () => master.master === candidate);
  await until('its pause has ended', () => !master.pause.active);
});
