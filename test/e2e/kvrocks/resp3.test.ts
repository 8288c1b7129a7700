import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import type { KvrocksDoubleOptions } from '../../support/kvrocks/double-options.js';
import { KvrocksDouble } from '../../support/kvrocks/kvrocks-double.js';
import { startKvrocksShard } from '../../support/kvrocks/kvrocks-shard.js';
import type { RawClient } from '../../support/raw-client.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';

const MAP = '%1\r\n$1\r\nf\r\n$1\r\n1\r\n';
const LIST = '*2\r\n$1\r\nf\r\n$1\r\n1\r\n';

async function start(
  t: Test,
  options: KvrocksDoubleOptions,
): Promise<{
  readonly double: KvrocksDouble;
  readonly holdfast: HoldfastInProcess;
  readonly client: () => Promise<RawClient>;
}> {
  const double = await KvrocksDouble.start(options);
  const nodeAuth = options.requirepass === undefined ? null : [Buffer.from(options.requirepass)];
  const holdfast = await HoldfastInProcess.start(double.id, { nodeAuth });
  t.teardown(async () => {
    await holdfast.stop();
    await double.dispose();
  });
  const client = async (): Promise<RawClient> => {
    const opened = await holdfast.client();
    t.teardown(() => opened.close());
    return opened;
  };
  return { double, holdfast, client };
}

await t.test('with RESP3 switched off, who asks for it is told RESP2, and gets it', async (t) => {
  const { client, holdfast } = await start(t, {});
  const [one, two] = [await client(), await client()];
  t.match(await one.call('HELLO', '3'), 'proto\r\n:2\r\n');
  t.equal(await one.call('HSET', 'h', 'f', '1'), ':1\r\n');
  t.equal(await one.call('HGETALL', 'h'), LIST);
  t.equal(await one.call('CLIENT', 'GETNAME'), '$-1\r\n', 'what Holdfast answers itself, too');
  t.match(await one.call('CLIENT', 'LIST'), ' resp=2 ');
  t.equal(await one.call('SUBSCRIBE', 'c'), '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n');
  t.match(await two.call('HELLO', '3', 'SETNAME', 'me'), 'proto\r\n:2\r\n');
  t.equal(await two.call('HGETALL', 'h'), LIST);
  t.same(
    holdfast.traffic.clients().map(({ resp }) => resp),
    [2, 2],
  );
});

await t.test('HELLO without a version goes back to RESP2, and takes nobody along', async (t) => {
  const { client } = await start(t, { resp3: true });
  const clients = await Promise.all([client(), client(), client()]);
  for (const each of clients) {
    t.match(await each.call('HELLO', '3'), 'proto\r\n:3\r\n');
    await each.call('HSET', 'h', 'f', '1');
    t.equal(await each.call('HGETALL', 'h'), MAP);
  }
  t.match(await clients[0]?.call('HELLO'), 'proto\r\n:2\r\n');
  t.equal(await clients[0]?.call('HGETALL', 'h'), LIST);
  for (const each of clients.slice(1)) t.equal(await each.call('HGETALL', 'h'), MAP);
  t.match(await clients[0]?.call('HELLO', '3'), 'proto\r\n:3\r\n');
  t.equal(await clients[0]?.call('HGETALL', 'h'), MAP);
});

await t.test('RESP3 is switched on and off while clients are there', async (t) => {
  const { client, double } = await start(t, {});
  const early = await client();
  t.match(await early.call('HELLO', '3'), 'proto\r\n:2\r\n');
  await early.call('HSET', 'h', 'f', '1');
  double.settings.set('resp3-enabled', 'yes');
  const late = await client();
  t.match(await late.call('HELLO', '3'), 'proto\r\n:3\r\n');
  t.equal(await late.call('HGETALL', 'h'), MAP);
  t.equal(await early.call('HGETALL', 'h'), LIST);
  double.settings.set('resp3-enabled', 'no');
  t.equal(await late.call('HGETALL', 'h'), MAP);
});

await t.test('a password may come with HELLO, with or without the only user name there is', async (t) => {
  const { client } = await start(t, { requirepass: 'secret', resp3: true });
  for (const words of [['default', 'secret'], ['secret', 'SETNAME', 'me'], ['secret']]) {
    const each = await client();
    t.match(await each.call('GET', 'a'), /^-NOAUTH /);
    t.match(await each.call('HELLO', '3', 'AUTH', ...words), 'proto\r\n:3\r\n', words.join(' '));
    t.equal(await each.call('GET', 'a'), '_\r\n');
    t.equal(await each.call('HELLO', '2', 'AUTH', 'bob', 'x'), '-ERR Invalid password\r\n');
    t.equal(await each.call('GET', 'a'), '_\r\n');
  }
});

await t.test('a candidate without the RESP3 that clients speak is not promoted', async (t) => {
  const shard = await startKvrocksShard(1, { resp3: true });
  t.teardown(() => shard.dispose());
  const holdfast = await ServeProcess.start({
    nodes: shard.ids,
    flags: ['--preflight-timeout-ms=30000', '--align-promotion=no'],
  });
  t.teardown(() => holdfast.dispose());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  t.match(await client.call('HELLO', '3'), 'proto\r\n:3\r\n');
  t.equal(await client.call('GET', 'a'), '_\r\n');
  const [, candidate] = shard.nodes;
  candidate?.settings.set('resp3-enabled', 'no');
  const order = ['SWITCHOVER', 'TO', ...hostAndPort(candidate?.id ?? '')];
  t.match(await holdfast.refusal(...order), /RESP3 switched off, and clients speak it/);
  t.equal(await client.call('GET', 'a'), '_\r\n');
  candidate?.settings.set('resp3-enabled', 'yes');
  t.equal(await holdfast.refusal(...order), '');
  t.equal(await client.call('GET', 'a'), '_\r\n');
});

await t.test('clients whose RESP3 is gone with the former master are disconnected', async (t) => {
  const { client, holdfast } = await start(t, { resp3: true });
  const next = await KvrocksDouble.start();
  t.teardown(() => next.dispose());
  const [three, two] = [await client(), await client()];
  await three.call('HELLO', '3');
  t.equal(await three.call('GET', 'a'), '_\r\n');
  t.equal(await two.call('GET', 'a'), '$-1\r\n');
  await holdfast.shard.serve(next.id);
  three.send('GET a\r\n');
  t.equal((await three.ended()).length, 0);
  t.equal(await two.call('GET', 'a'), '$-1\r\n');
});
