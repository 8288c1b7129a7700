import t from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { moveElsewhere } from './support/elsewhere.js';

t.test('somebody else moves the master, again and again: each EXEC says what is next', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { shard, holdfast } = stage;
  let [from, to] = [shard.master, stage.candidate];
  let isStopping = false;
  let rounds = 0;
  const wrong: string[] = [];
  const run = async (client: RawClient, key: string, isPipelined: boolean): Promise<number> => {
    const requests = [['MULTI'], ['INCR', key], ['INCR', key], ['EXEC']].map((words) => encodeCommand(...words));
    let last = 0;
    for (; !isStopping && wrong.length === 0; rounds++) {
      const said: string[] = [];
      if (isPipelined) client.send(Buffer.concat(requests));
      for (const request of requests) {
        if (!isPipelined) client.send(request);
        said.push((await client.replies(1)).toString('latin1'));
      }
      const due = `+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:${last + 1}\r\n:${last + 2}\r\n`;
      if (said.join('') !== due) wrong.push(said.join(''));
      last += 2;
    }
    return last;
  };
  const clients = await Promise.all(Array.from({ length: 12 }, () => holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  const runs = clients.map((client, at) => run(client, `n${at}`, at % 2 === 0));
  for (let round = 0; round < 8; round++) {
    const until20 = rounds + 20;
    await until('transactions run', () => rounds >= until20 || wrong.length > 0);
    await moveElsewhere(from, to);
    [from, to] = [to, from];
  }
  isStopping = true;
  const values = await Promise.all(runs);
  t.same(wrong, []);
  for (const [at, value] of values.entries()) t.equal(Number(await from.send('GET', `n${at}`)), value);
});
