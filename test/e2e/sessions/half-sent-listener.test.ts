import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';

void t.test('a listening client is in the middle of a large request when a switchover is given up', async (t) => {
  const shard = await startShard({ replicas: 1 });
  const [to] = shard.replicas;
  if (to === undefined) throw new Error('no replica');
  const holdfast = await HoldfastInProcess.start(shard.master.id);
  const client = await holdfast.client();
  t.teardown(async () => {
    client.close();
    await holdfast.stop();
    await shard.dispose();
  });
  await client.call('HELLO', '3');
  await client.call('SUBSCRIBE', 'news');
  const value = 'x'.repeat(300_000);
  const request = encodeCommand('ECHO', value);
  const half = request.length - 1000;
  client.send(request.subarray(0, half));
  const [session] = holdfast.shard.clients.values();
  await until('half of it is on its way', () => session?.link?.isBusy === true && session.input.length === 0);
  const { traffic } = holdfast;
  await traffic.prepare(to.id, 5000);
  traffic.hold();
  await traffic.drained(AbortSignal.timeout(5000));
  await traffic.mark(1000);
  traffic.discardPrepared();
  traffic.release();
  client.send(request.subarray(half));
  t.ok((await client.replies(1)).toString().endsWith(`\r\n${value}\r\n`), 'nothing stands in the middle of it');
  t.equal(await client.call('PING'), '+PONG\r\n');
  t.equal(await shard.master.send('PUBLISH', 'news', 'late'), 1);
  t.match((await client.replies(1)).toString(), /late/);
});
