import t from 'tap';
import { follows, roleOf, servedInstead, startFailoverStage } from './support/stage.js';
import { until } from '../../support/until.js';

void t.test('two workers: the clients of both go on at the new master', async (t) => {
  const stage = await startFailoverStage(t, { replicas: 1, flags: ['--workers=2'] });
  const { shard, holdfast, from, candidate } = stage;
  const clients = await Promise.all(Array.from({ length: 4 }, () => holdfast.client()));
  for (const client of clients) t.teardown(() => client.close());
  for (const client of clients) t.equal(await client.call('SET', 'before', '1'), '+OK\r\n');
  await shard.master.kill();
  const replies = await Promise.all(clients.map((client) => client.call('INCR', 'after')));
  for (const reply of replies) t.match(reply, /^(:|-OUTCOMEUNKNOWN)/);
  t.equal((await servedInstead(stage, from)).id, candidate.id);
  for (const client of clients) t.equal(await client.call('GET', 'before'), '$1\r\n1\r\n');
  const late = await holdfast.client();
  t.teardown(() => late.close());
  t.equal(await late.call('GET', 'before'), '$1\r\n1\r\n', 'a client that comes afterwards');
  await shard.master.restart();
  await until('it is demoted', async () => (await roleOf(shard.master)) === 'slave');
  await follows(shard.master, candidate);
  await holdfast.reaches('serving');
});
