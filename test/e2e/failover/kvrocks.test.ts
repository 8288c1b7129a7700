import t from 'tap';
import { askServer } from '../../support/ask-server.js';
import { fieldsOf } from '../../support/fields.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { until } from '../../support/until.js';
import { QUICK } from './support/stage.js';

void t.test('the master of a Kvrocks shard dies', async (t) => {
  const shard = await startKvrocksShard(2);
  t.teardown(() => shard.dispose());
  const [master, ...replicas] = shard.nodes;
  if (master === undefined) throw new Error('a master is wanted');
  const holdfast = await ServeProcess.start({
    nodes: shard.nodes.map(({ id }) => id),
    flags: [...QUICK, '--auto-failover', '--require-pause=no'],
  });
  t.teardown(() => holdfast.dispose());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.equal(await client.call('SET', 'before', '1'), '+OK\r\n');
  for (const replica of replicas) {
    await until('it has it', async () => (await askServer(replica, '', ['GET', 'before'])) === '1');
  }
  await master.stop();
  const served = await until('another one is served', async () => {
    const id = (await holdfast.fields('STATUS')).text('master');
    return replicas.find((node) => node.id === id);
  });
  t.equal(served.master, null, 'it follows nobody');
  t.equal(await client.call('GET', 'before'), '$1\r\n1\r\n');
  t.equal(await client.call('SET', 'after', '1'), '+OK\r\n');
  // On a machine that is slow in the wrong moment a further attempt is refused, because there is a master already.
  const history = (await holdfast.admin('HISTORY')) as readonly unknown[];
  const switched = history.map(fieldsOf).filter((entry) => entry.text('outcome') === 'switched');
  t.same(
    switched.map((entry) => [entry.text('kind'), entry.text('new_master')]),
    [['failover', served.id]],
  );
});
