import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { Relay } from '../../support/relay.js';
import { until } from '../../support/until.js';

async function start(t: Test): Promise<{
  readonly relay: Relay;
  readonly client: RawClient;
  /** Settles when Holdfast has sent on all that the client said. */
  readonly sentOn: () => Promise<unknown>;
  /** Asks for the length of the value, which is 6 before the write, on whichever connection Holdfast takes. */
  readonly ask: () => Promise<void>;
}> {
  const server = await RedisServer.start();
  const relay = await Relay.start(server);
  const holdfast = await HoldfastInProcess.start(relay.id);
  t.teardown(async () => {
    await holdfast.stop();
    await relay.close();
    await server.dispose();
  });
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.equal(await client.call('SET', 'key', 'before'), '+OK\r\n');
  const clients = [...holdfast.shard.clients.values()];
  return {
    relay,
    client,
    sentOn: () => until('all is sent on', () => clients.every(({ input }) => input.length === 0)),
    ask: async () => {
      client.send(encodeCommand('STRLEN', 'key'));
      await until('the question was looked at', () =>
        clients.every(({ outstanding, waitsFor }) => outstanding > 0 || waitsFor !== 'nothing'),
      );
    },
  };
}

t.test('what follows a large write without a reply does not overtake it', async (t) => {
  const { relay, client, sentOn, ask } = await start(t);
  const value = 'x'.repeat(1024 * 1024);
  // The connection that takes the write is slower than the one that everybody shares.
  let isKeptBack = false;
  relay.judge((text) => {
    if (!text.includes('xxxx')) return 'pass';
    isKeptBack = true;
    return 'swallow';
  });
  client.send(Buffer.concat([encodeCommand('CLIENT', 'REPLY', 'SKIP'), encodeCommand('SET', 'key', value)]));
  await until('the write is on its way', () => isKeptBack);
  await sentOn();
  await ask();
  relay.flow();
  t.equal((await client.replies(1)).toString(), `:${value.length}\r\n`);
});

t.test('nor a small one, behind which the reply to something else comes', async (t) => {
  const { relay, client, sentOn, ask } = await start(t);
  let letGetGo = (): void => undefined;
  const getMayGo = new Promise<void>((resolve) => (letGetGo = resolve));
  let isGetOnItsWay = false;
  relay.judge(async (text) => {
    if (text.includes('xxxx')) return 'swallow';
    if (!text.includes('GET')) return 'pass';
    isGetOnItsWay = true;
    await getMayGo;
    return 'pass';
  });
  for (const line of ['CLIENT REPLY SKIP', 'SET key before', 'GET key']) client.send(encodeCommand(...line.split(' ')));
  await until('the question is on its way', () => isGetOnItsWay);
  for (const line of ['CLIENT REPLY SKIP', 'SET key xxxxxxxx']) client.send(encodeCommand(...line.split(' ')));
  await sentOn();
  letGetGo();
  t.equal((await client.replies(1)).toString(), '$6\r\nbefore\r\n');
  await ask();
  relay.flow();
  t.equal((await client.replies(1)).toString(), ':8\r\n');
});
