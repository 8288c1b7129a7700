import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import type { RawClient } from '../../support/raw-client.js';
import type { RedisServer } from '../../support/redis-server.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';

interface Scene {
  readonly holdfast: HoldfastInProcess;
  readonly from: RedisServer;
  readonly to: RedisServer;
  /** Listens, and waits in a call: nothing can be asked on its connection. */
  readonly client: RawClient;
}

async function startScene(t: Test): Promise<Scene> {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [to] = shard.replicas;
  if (to === undefined) throw new Error('no replica');
  const from = shard.master;
  const holdfast = await HoldfastInProcess.start(from.id);
  t.teardown(() => holdfast.stop());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  await client.call('HELLO', '3');
  await client.call('SUBSCRIBE', 'news');
  client.send('BLPOP queue 0\r\n');
  await until('the call waits', async () => (await from.info('clients')).get('blocked_clients') === '1');
  return { holdfast, from, to, client };
}

const message = (text: string): string => `>3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$${text.length}\r\n${text}\r\n`;

void t.test('the end of a blocked call tells which messages of the old master count', async (t) => {
  const { holdfast, from, to, client } = await startScene(t);
  await from.send('PUBLISH', 'news', 'before');
  // Behind the redirect and ahead of the demotion: only the new master's own connection tells it.
  await holdfast.move(from, to, undefined, async () => {
    t.equal(await to.send('PUBLISH', 'news', 'early'), 1);
  });
  t.equal(await to.send('PUBLISH', 'news', 'after'), 1);
  await to.send('SET', 'behind', 'it');
  await until('the old master has passed it on', async () => (await from.send('GET', 'behind')) === 'it');
  await to.send('RPUSH', 'queue', 'element');
  const told = (await client.replies(4)).toString();
  t.equal(told, `${message('before')}${message('early')}${message('after')}*2\r\n$5\r\nqueue\r\n$7\r\nelement\r\n`);
});

void t.test('a call that is answered between the redirect and the demotion tells nothing', async (t) => {
  const { holdfast, from, to, client } = await startScene(t);
  await holdfast.move(from, to, undefined, async () => {
    const blocked = /id=(\d+) .* cmd=blpop /.exec(String(await from.send('CLIENT', 'LIST')))?.[1] ?? '';
    t.equal(await from.send('CLIENT', 'UNBLOCK', blocked), 1);
    await client.replies(1);
  });
  t.equal((await client.ended()).toString(), '');
  t.equal(holdfast.shard.stats.closed['missed-messages'], 1);
});
