import t from 'tap';
import { askServer } from '../../support/ask-server.js';
import { fieldsOf } from '../../support/fields.js';
import { ServeProcess } from '../../support/serve-process.js';
import type { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { until } from '../../support/until.js';
import { QUICK } from './support/stage.js';

/** As the node states it. */
async function offsetOf(node: KvrocksDouble): Promise<number> {
  const info = String(await node.send('INFO', 'replication'));
  return Number(/^master_repl_offset:(\d+)\r$/m.exec(info)?.[1]);
}

void t.test('the master of a Kvrocks shard dies, and comes back with writes of its own', async (t) => {
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
  const shared = await offsetOf(master);
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

  // Between its start and the next look of Holdfast; so it is held up.
  holdfast.signal('SIGSTOP');
  await master.startAgain();
  t.equal(await master.send('SET', 'astray', '1'), 'OK');
  const own = (await offsetOf(master)) - shared;
  t.ok(own > 0);
  holdfast.signal('SIGCONT');
  await until('it follows', () => master.master === served && master.link?.state === 'up');
  await until('it is settled', () => holdfast.state().intent === null);
  t.equal(await served.send('EXISTS', 'astray'), 0);
  t.match(holdfast.log(), /a former master has writes that the master has not, and follows again/);
  t.match(
    JSON.stringify(await holdfast.admin('HISTORY')),
    `${master.id}: it has writes (${own} in its own measure) that the master has not; they are lost`,
  );
  t.equal(await holdfast.metric(`holdfast_diverged_total{node="${master.id}"}`), 1);
});
