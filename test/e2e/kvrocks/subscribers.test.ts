import t from 'tap';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import { onEachKvrocks } from '../../support/kvrocks/on-each-kvrocks.js';
import { encodeCommand } from '../../support/raw-client.js';
import { ServeProcess } from '../../support/serve-process.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const ROUNDS = 3;
/**
 * The marks of who listens stand still with the candidate while it is promoted: on a busy machine they may come later than
 * a client would wait for.
 */
const PATIENCE = ['--preflight-timeout-ms=30000', '--promote-timeout-ms=5000', '--pause-timeout-ms=60000'];
const FLAGS = [...PATIENCE, '--align-promotion=no'];

const message = (text: string): string => `*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$${text.length}\r\n${text}\r\n`;

// Known from the source of Kvrocks: who listens may write, too. So a switch has to hold, and to wait for, what it writes.
// Without CLIENT PAUSE nothing else would hold them.
await t.test('a subscriber that writes loses no write and no message', async (t) => {
  const shard = await startKvrocksShard(1, { hasPause: false });
  t.teardown(() => shard.dispose());
  const flags = [...FLAGS, '--require-pause=no'];
  const holdfast = await ServeProcess.start({ nodes: shard.ids, flags });
  t.teardown(() => holdfast.dispose());
  const [subscriber, publisher] = [await holdfast.client(), await holdfast.client()];
  t.teardown(() => [subscriber, publisher].forEach((client) => client.close()));
  t.equal(await subscriber.call('SUBSCRIBE', 'c'), '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n');
  let [written, published] = [0, 0];
  const surprises: string[] = [];
  let isRunning = true;
  const writing = (async () => {
    let expected = 0;
    while (isRunning) {
      subscriber.send(encodeCommand('INCR', 'counter'));
      for (let isAnswered = false; !isAnswered;) {
        const said = (await subscriber.replies(1)).toString();
        isAnswered = said.startsWith(':') || said.startsWith('-');
        if (isAnswered && said !== `:${++written}\r\n`) surprises.push(said);
        if (!isAnswered && said !== message(String(++expected))) surprises.push(said);
      }
    }
    while (expected < published) {
      const said = (await subscriber.replies(1)).toString();
      if (said !== message(String(++expected))) surprises.push(said);
    }
  })().catch((error: unknown) => {
    isRunning = false;
    surprises.push(`${String(error)}\n${holdfast.log()}`);
  });
  const publishing = (async () => {
    while (isRunning) {
      const reply = await publisher.call('PUBLISH', 'c', String(published + 1));
      if (reply.startsWith(':')) published++;
      else surprises.push(reply);
    }
  })();
  const last = await switchRounds(t, { holdfast, shard }, ROUNDS, async (round) => {
    await until('both go on', () => !isRunning || Math.min(written, published) > round * 20);
  });
  isRunning = false;
  await Promise.all([publishing, writing]);
  t.same(surprises, []);
  t.equal(await last.send('GET', 'counter'), String(written));
});

await onEachKvrocks(t, 'MULTI of a subscriber is a transaction at the next master, too', async (t, start) => {
  const shard = await start(1);
  t.teardown(() => shard.dispose());
  const holdfast = await ServeProcess.start({ nodes: shard.ids, flags: FLAGS });
  t.teardown(() => holdfast.dispose());
  const [subscriber, other] = [await holdfast.client(), await holdfast.client()];
  t.teardown(() => [subscriber, other].forEach((client) => client.close()));
  for (const client of [subscriber, other]) {
    if (client === subscriber) await client.call('SUBSCRIBE', 'c');
    t.equal(await client.call('MULTI'), '+OK\r\n');
    t.equal(await client.call('INCR', 'sum'), '+QUEUED\r\n');
  }
  await switchRounds(t, { holdfast, shard }, 1, () => Promise.resolve());
  t.equal(await subscriber.call('EXEC'), '*1\r\n:1\r\n');
  t.equal(await other.call('EXEC'), '*1\r\n:2\r\n');
});
