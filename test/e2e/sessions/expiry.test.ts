import t from 'tap';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { startShard } from '../../support/shard.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const ROUNDS = scaled(25, 50);

t.test('times to live survive fifty switchovers to the millisecond', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { client, shard } = stage;
  const now = Date.now();
  const wanted = new Map<string, string>();
  for (let at = 0; at < 50; at++) {
    const expiresAt = String(now + 3_600_000 + at);
    wanted.set(`at${at}`, expiresAt);
    await client.call('SET', `at${at}`, 'x', 'PXAT', expiresAt);
  }
  await client.call('SET', 'lasting', 'x');
  wanted.set('lasting', '-1');
  // Relative times are made absolute by the master that runs the command; from then on nobody may count anew.
  for (let at = 0; at < 50; at++) {
    const key = `for${at}`;
    await client.call('RPUSH', key, 'x');
    await client.call('PEXPIRE', key, String(3_600_000 + at));
    wanted.set(key, (await client.call('PEXPIRETIME', key)).slice(1).trim());
  }
  await switchRounds(t, stage, ROUNDS, async (round) => {
    // Writes that leave the time alone, and ones that do not.
    await client.call('RPUSH', `for${round}`, 'y');
    await client.call('SET', `at${round}`, 'y', 'KEEPTTL');
    if (round % 10 === 0) {
      await client.call('PERSIST', `for${round}`);
      wanted.set(`for${round}`, '-1');
    }
  });
  const wrong: string[] = [];
  for (const server of shard.servers) {
    const direct = await RawClient.connect({ host: server.host, port: server.port });
    t.teardown(() => direct.close());
    for (const [key, expiresAt] of wanted) {
      const found = (await direct.call('PEXPIRETIME', key)).slice(1).trim();
      if (found !== expiresAt) wrong.push(`${key} on ${server.id}: ${found}, not ${expiresAt}`);
    }
  }
  t.same(wrong, [], `${wanted.size} keys on both nodes`);
});

t.test('no key dies early, and none lives on, while the master goes round', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const clients = await Promise.all(Array.from({ length: 3 }, () => stage.holdfast.client()));
  const wrong: string[] = [];
  let died = 0;
  let stopped = false;
  const live = async (client: RawClient, at: number): Promise<void> => {
    for (let round = 0; !stopped; round++) {
      const key = `short${at}`;
      const before = Date.now();
      await client.call('SET', key, String(round), 'PX', '20');
      const after = Date.now();
      for (;;) {
        const asked = Date.now();
        const found = await client.call('GET', key);
        const answered = Date.now();
        if (found === '$-1\r\n') {
          if (answered < before + 20) wrong.push(`${key} died ${before + 20 - answered} ms early`);
          died++;
          break;
        }
        if (asked > after + 20) {
          wrong.push(`${key} still lives ${asked - after - 20} ms after its time`);
          break;
        }
        await nextTurn();
      }
    }
  };
  const living = Promise.all(clients.map(live));
  await switchRounds(t, stage, ROUNDS, async (round) => {
    await until('keys die', () => died >= round * 2);
  });
  stopped = true;
  await living;
  t.same(wrong, [], `${died} keys`);
});

t.test(
  'a key whose time comes while writes are held is gone on the new master, and held writes see it so',
  async (t) => {
    const shard = await startShard({ replicas: 1 });
    t.teardown(() => shard.dispose());
    const holdfast = await HoldfastInProcess.start(shard.master.id);
    t.teardown(() => holdfast.stop());
    const [to = shard.master] = shard.replicas;
    const [client, reader] = await Promise.all([holdfast.client(), holdfast.client()]);
    await client.call('SET', 'short', 'x');
    const expiresAt = Date.now() + 60;
    await client.call('PEXPIREAT', 'short', String(expiresAt));
    await holdfast.move(shard.master, to, async () => {
      client.send('SET short new NX\r\nPTTL short\r\n');
      await until('the write is held', () => holdfast.traffic.counters().clients.held === 1);
      await until('its time has come', () => Date.now() > expiresAt);
      t.equal(await reader.call('GET', 'short'), '$-1\r\n', 'a read sees it, too');
    });
    t.equal((await client.replies(2)).toString(), '+OK\r\n:-1\r\n');
    await shard.inSync(to);
    t.equal(await shard.master.send('GET', 'short'), 'new');
  },
);
