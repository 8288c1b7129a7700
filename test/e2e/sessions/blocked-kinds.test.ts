import t from 'tap';
import { MovingPair } from '../../support/moving-pair.js';
import type { RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { Twins } from '../proxy/support/twins.js';

const pair = await MovingPair.start(t);
const { holdfast } = pair;
const writer = await holdfast.client();
t.beforeEach(() => writer.call('FLUSHALL'));

t.test('in MULTI nothing blocks, also when the transaction moves', async (t) => {
  const client = await holdfast.client();
  const commands = [
    'BLPOP nothing 0',
    'BLMOVE nothing other LEFT RIGHT 0',
    'XREAD BLOCK 0 STREAMS nothing $',
    'INCR n',
  ];
  for (const moves of [false, true]) {
    await client.call('MULTI');
    for (const command of commands) t.equal(await client.call(...command.split(' ')), '+QUEUED\r\n');
    if (moves) await pair.move();
    t.equal(await client.call('EXEC'), `*4\r\n*-1\r\n$-1\r\n*-1\r\n:${moves ? 2 : 1}\r\n`);
  }
  client.close();
});

t.test('after CLIENT REPLY OFF and SKIP a call waits without a word, and what follows waits for it', async (t) => {
  for (const [mode, back] of [
    ['OFF', 'CLIENT REPLY ON\r\n'],
    ['SKIP', 'SET dummy x\r\n'],
  ] as const) {
    const client = await holdfast.client();
    client.send(`CLIENT REPLY ${mode}\r\nBLMOVE queue done LEFT RIGHT 0\r\nRPUSH done behind\r\n${back}`);
    await pair.blocked(1);
    await pair.move();
    await pair.blocked(1);
    t.equal(await writer.call('LLEN', 'done'), ':0\r\n', 'what stands behind it has not run');
    await writer.call('RPUSH', 'queue', 'x');
    if (mode === 'SKIP') t.equal((await client.replies(1)).toString(), ':2\r\n');
    t.equal((await client.replies(1)).toString(), '+OK\r\n');
    t.equal(await writer.call('LRANGE', 'done', '0', '-1'), '*2\r\n$1\r\nx\r\n$6\r\nbehind\r\n', mode);
    t.equal(await client.call('PING'), '+PONG\r\n');
    t.equal(await writer.call('DEL', 'done'), ':1\r\n');
    client.close();
  }
});

t.test('silence is the same as directly', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  for (const words of ['BLPOP q 0.05', 'XREAD BLOCK 50 STREAMS s $', 'BLPOP q x', 'WAIT 0 0', 'BLPOP']) {
    const pair = await twins.pair();
    pair.send(Buffer.from(`CLIENT REPLY OFF\r\n${words}\r\nINCR n\r\nCLIENT REPLY ON\r\nGET n\r\n`));
    await pair.sameReplies(t, 2, `OFF, ${words}`);
    pair.send(Buffer.from(`CLIENT REPLY SKIP\r\n${words}\r\nGET n\r\n`));
    await pair.sameReplies(t, 1, `SKIP, ${words}`);
    pair.close();
  }
});

t.test('who leaves while blocked takes no element along, before, while and after the master moves', async (t) => {
  const leave = async (): Promise<RawClient> => {
    const client = await holdfast.client();
    client.send('BLPOP queue 0\r\n');
    await pair.blocked(1);
    return client;
  };
  for (const way of ['end', 'destroy'] as const) {
    const before = await leave();
    before.socket[way]();
    await pair.blocked(0);
    t.equal(await writer.call('RPUSH', 'queue', '1'), ':1\r\n');
    t.equal(await writer.call('LLEN', 'queue'), ':1\r\n', `${way}, before`);
    await writer.call('DEL', 'queue');

    const between = await leave();
    const alone = holdfast.shard.clients.size - 1;
    await pair.move(undefined, async () => {
      between.socket[way]();
      await until('it is gone', () => holdfast.shard.clients.size === alone);
    });
    t.equal(await writer.call('RPUSH', 'queue', '1'), ':1\r\n');
    t.equal(await writer.call('LLEN', 'queue'), ':1\r\n', `${way}, while it moves`);
    await writer.call('DEL', 'queue');

    const after = await leave();
    await pair.move();
    await pair.blocked(1);
    after.socket[way]();
    await pair.blocked(0);
    t.equal(await writer.call('RPUSH', 'queue', '1'), ':1\r\n');
    t.equal(await writer.call('LLEN', 'queue'), ':1\r\n', `${way}, after`);
    await writer.call('DEL', 'queue');
  }
});

t.test('a blocked client of RESP3 gets its messages and invalidations, and then its element', async (t) => {
  const client = await holdfast.client();
  await client.call('HELLO', '3');
  await client.call('CLIENT', 'TRACKING', 'on');
  await client.call('SUBSCRIBE', 'news');
  await client.call('GET', 'cached');
  client.send('BLPOP queue 0\r\n');
  await pair.blocked(1);
  await writer.call('PUBLISH', 'news', 'before');
  await writer.call('SET', 'cached', '1');
  const before = (await client.replies(2)).toString('latin1');
  t.match(before, 'before');
  t.match(before, 'cached');
  await pair.move(undefined, async () => {
    await writer.call('PUBLISH', 'news', 'between');
    await writer.call('SET', 'between', '1');
  });
  await pair.blocked(1);
  t.match((await client.replies(1)).toString('latin1'), /^>2\r\n\$10\r\ninvalidate\r\n_\r\n$/);
  t.match((await client.replies(1)).toString('latin1'), 'between');
  await writer.call('PUBLISH', 'news', 'after');
  t.match((await client.replies(1)).toString('latin1'), 'after');
  await writer.call('RPUSH', 'queue', 'x');
  t.equal((await client.replies(1)).toString('latin1'), '*2\r\n$5\r\nqueue\r\n$1\r\nx\r\n');
  client.close();
});
