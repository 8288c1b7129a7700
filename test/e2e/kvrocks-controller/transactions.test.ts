import t from 'tap';
import { startControlledStage } from '../../support/kvrocks-controller/controlled-stage.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

await t.test('transactions go on while the controller moves the master, each once', async (t) => {
  const { shard, holdfast } = await startControlledStage(t);
  const counts = [0, 0, 0, 0];
  let isOver = false;
  const runs = counts.map(async (_, index) => {
    const client = await RawClient.connect({ host: '127.0.0.1', port: holdfast.port });
    try {
      while (!isOver) {
        const key = `counter:${index}`;
        // Each word by itself: a switch may come between any two of them.
        for (const words of [['MULTI'], ['INCR', key], ['GET', key]]) {
          const reply = await client.call(...words);
          if (!/^\+(OK|QUEUED)\r\n$/.test(reply)) return `${words[0]}: ${reply}`;
        }
        client.send(encodeCommand('EXEC'));
        const reply = (await client.replies(1)).toString('latin1');
        const count = (counts[index] ?? 0) + 1;
        const text = String(count);
        if (reply !== `*2\r\n:${text}\r\n$${text.length}\r\n${text}\r\n`) return `EXEC ${count}: ${reply}`;
        counts[index] = count;
      }
      return '';
    } finally {
      client.close();
    }
  });
  const enough = async (round: number): Promise<void> => {
    await until('all have run some', () => counts.every((count) => count > 10 * round));
  };
  const last = await switchRounds(t, { holdfast, shard }, 5, enough);
  await enough(5);
  isOver = true;
  t.same(await Promise.all(runs), ['', '', '', ''], 'nobody was told of an error');
  for (const [index, count] of counts.entries()) {
    t.equal(await last.server.send('GET', `counter:${index}`), String(count));
  }
});
