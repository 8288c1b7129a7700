import t from 'tap';
import type { RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const CONNECTIONS = 20;
const ROUNDS = scaled(25, 50);

/** What became of one client's attempts. */
interface Attempts {
  succeeded: number;
  failed: number;
}

/** What EXEC answers when a watched key changed. */
const NULLS = ['*-1\r\n', '_\r\n'];

void t.test('WATCH, GET, MULTI, SET, EXEC: the counter is the number of successes', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => stage.holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  const surprises: string[] = [];
  const attempts = clients.map((): Attempts => ({ succeeded: 0, failed: 0 }));
  const total = (): number => attempts.reduce((sum, { succeeded }) => sum + succeeded, 0);
  let running = true;

  const expect = async (client: RawClient, wanted: string, ...words: readonly string[]): Promise<void> => {
    const reply = await client.call(...words);
    if (reply !== wanted) surprises.push(`${words.join(' ')}: ${reply}`);
  };
  const loops = clients.map(async (client, index) => {
    const mine = attempts[index] ?? { succeeded: 0, failed: 0 };
    // Half of the connections speak RESP3; few keys, so that conflicts happen without a switchover too.
    if (index % 2 === 1) await client.call('HELLO', '3');
    const key = `cas:${index % 5}`;
    while (running && surprises.length === 0) {
      await expect(client, '+OK\r\n', 'WATCH', key);
      const seen = /^\$\d+\r\n(\d+)\r\n$/.exec(await client.call('GET', key))?.[1] ?? '0';
      await expect(client, '+OK\r\n', 'MULTI');
      await expect(client, '+QUEUED\r\n', 'SET', key, String(Number(seen) + 1));
      const answer = await client.call('EXEC');
      if (answer === '*1\r\n+OK\r\n') mine.succeeded++;
      else if (NULLS[index % 2] === answer) mine.failed++;
      else surprises.push(`EXEC: ${answer}`);
    }
  });

  const last = await switchRounds(t, stage, ROUNDS, async () => {
    const before = total();
    await until('some attempts succeed', () => surprises.length > 0 || total() >= before + CONNECTIONS);
  });
  running = false;
  await Promise.all(loops);
  t.same(surprises, [], 'each reply is one that a server gives');
  const counters = await Promise.all([0, 1, 2, 3, 4].map((key) => last.send('GET', `cas:${key}`)));
  t.equal(
    counters.reduce((sum: number, value) => sum + Number(value), 0),
    total(),
  );
  t.ok(attempts.every(({ succeeded }) => succeeded > 0) && attempts.some(({ failed }) => failed > 0));
});
