import t from 'tap';
import { MovingPair } from '../../support/moving-pair.js';
import type { RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';

const pair = await MovingPair.start(t, { users: ['app on >secret ~* &* +@all'] });
const { holdfast } = pair;

async function connected(count: number): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => holdfast.client()));
}

const text = async (client: RawClient, count = 1): Promise<string> => (await client.replies(count)).toString('latin1');

t.test('an open transaction runs whole, once, on the new master', async (t) => {
  const [client, three] = await connected(2);
  if (client === undefined || three === undefined) return;
  await client.call('MULTI');
  t.equal(await client.call('INCR', 'tx'), '+QUEUED\r\n');
  t.equal(await client.call('LPUSH', 'tx', 'x'), '+QUEUED\r\n');
  await three.call('HELLO', '3');
  await three.call('MULTI');
  await three.call('HGETALL', 'nope');
  await pair.move();
  t.equal(await client.call('INCR', 'tx'), '+QUEUED\r\n');
  t.match(await client.call('EXEC'), /^\*3\r\n:1\r\n-WRONGTYPE .*\r\n:2\r\n$/);
  t.equal(await three.call('EXEC'), '*1\r\n%0\r\n');
  t.equal(await pair.master.send('GET', 'tx'), '2');
  await client.call('MULTI');
  t.match(await client.call('NOSUCH'), /^-ERR unknown command/);
  await pair.move();
  t.match(await client.call('EXEC'), /^-EXECABORT /);
  await client.call('MULTI');
  await client.call('INCR', 'tx');
  await pair.move();
  t.equal(await client.call('DISCARD'), '+OK\r\n');
  t.equal(await client.call('GET', 'tx'), '$1\r\n2\r\n');
  client.close();
  three.close();
});

t.test('a transaction too large to bring along is discarded whole, in words that clients know', async (t) => {
  const [client] = await connected(1);
  if (client === undefined) return;
  await client.call('MULTI');
  await client.call('INCR', 'spoiled');
  t.equal(await client.call('SET', 'large', 'x'.repeat(300_000)), '+QUEUED\r\n');
  await pair.move();
  t.equal(await client.call('INCR', 'spoiled'), '+QUEUED\r\n');
  t.equal(await client.call('EXEC'), '-EXECABORT Transaction discarded because of previous errors.\r\n');
  t.equal(await client.call('EXISTS', 'spoiled', 'large'), ':0\r\n');
  client.close();
});

t.test('WATCH: EXEC answers null after the move, and the next try succeeds', async (t) => {
  for (const resp of ['2', '3']) {
    const [client] = await connected(1);
    if (client === undefined) return;
    await client.call('HELLO', resp);
    await client.call('WATCH', 'cas');
    await client.call('MULTI');
    await client.call('INCR', 'cas');
    // Refused inside a transaction, and no reason for the server to abort it.
    t.match(await client.call('WATCH', 'cas'), /^-ERR WATCH inside MULTI/);
    t.match(await client.call('MULTI'), /^-ERR MULTI calls can not be nested/);
    await pair.move();
    t.equal(await client.call('EXEC'), resp === '2' ? '*-1\r\n' : '_\r\n');
    t.equal(await client.call('EXISTS', 'cas'), ':0\r\n');
    await client.call('WATCH', 'cas');
    await pair.move();
    await client.call('MULTI');
    await client.call('INCR', 'cas');
    t.equal(await client.call('EXEC'), resp === '2' ? '*-1\r\n' : '_\r\n');
    await client.call('WATCH', 'cas');
    await client.call('MULTI');
    await client.call('INCR', 'cas');
    t.equal(await client.call('EXEC'), '*1\r\n:1\r\n');
    await client.call('DEL', 'cas');
    client.close();
  }
});

t.test('blocked calls go on waiting on the new master, with the time that is left', async (t) => {
  const waits = [
    'BLPOP b1 0',
    'BRPOP b2 100',
    'BLMOVE b3 dest LEFT RIGHT 0',
    'BZPOPMIN bz 0',
    'XREAD BLOCK 0 STREAMS bs 0',
    'BLMPOP 0 1 b4 LEFT',
    'BLPOP never 1.5',
  ];
  const clients = await connected(waits.length);
  for (const [at, client] of clients.entries()) client.send(`${waits[at] ?? ''}\r\nECHO behind\r\n`);
  const blocked = (count: number): Promise<unknown> =>
    until(
      `${count} are blocked on ${pair.master.id}`,
      async () => Number((await pair.master.info('clients')).get('blocked_clients')) >= count,
    );
  await blocked(waits.length);
  await pair.move();
  await blocked(waits.length - 1);
  await pair.move();
  await blocked(waits.length - 1);
  const other = await holdfast.client();
  for (const command of ['RPUSH b1 x', 'RPUSH b2 x', 'RPUSH b3 x', 'ZADD bz 1 m', 'XADD bs 1-1 f v', 'RPUSH b4 x'])
    await other.call(...command.split(' '));
  const wanted = [/b1\r\n\$1\r\nx/, /b2\r\n\$1\r\nx/, /^\$1\r\nx/, /bz\r\n\$1\r\nm/, /1-1/, /b4\r\n/, /^\*-1\r\n/];
  for (const [at, client] of clients.entries()) {
    const replies = await text(client, 2);
    t.match(replies, wanted[at] ?? /never/, waits[at] ?? '');
    t.match(replies, /\$6\r\nbehind\r\n$/);
    client.close();
  }
  other.close();
});

t.test('each element of a queue reaches exactly one consumer across moves', async (t) => {
  const consumers = await connected(10);
  const producer = await holdfast.client();
  const seen: string[] = [];
  let stop = false;
  const consume = consumers.map(async (client) => {
    while (!stop) {
      const reply = await client.call('BLPOP', 'queue', '0.5');
      const element = /\$\d+\r\nqueue\r\n\$\d+\r\n(.*)\r\n/.exec(reply)?.[1];
      if (element !== undefined) seen.push(element);
      else if (reply !== '*-1\r\n') seen.push(reply);
    }
  });
  let made = 0;
  const produce = (async () => {
    while (!stop) {
      const reply = await producer.call('RPUSH', 'queue', String(made));
      if (!reply.startsWith(':')) seen.push(reply);
      made++;
    }
  })();
  for (let round = 0; round < 6; round++) {
    await until('the queue moves', () => seen.length > round * 50);
    await pair.move();
  }
  stop = true;
  await produce;
  await Promise.all(consume);
  const left = (await pair.master.send('LRANGE', 'queue', '0', '-1')) as readonly string[];
  const all = [...seen, ...left].map(Number).sort((a, b) => a - b);
  t.same(
    all,
    Array.from({ length: made }, (_each, at) => at),
  );
  for (const client of [...consumers, producer]) client.close();
});

t.test('numbered messages: none missing, none twice, in order', async (t) => {
  const publisher = await holdfast.client();
  const listeners = await connected(4);
  for (const [at, client] of listeners.entries()) {
    if (at % 2 === 1) await client.call('HELLO', '3');
    await client.call(at < 2 ? 'SUBSCRIBE' : 'PSUBSCRIBE', at < 2 ? 'news' : 'n*');
  }
  let sent = 0;
  let stop = false;
  const publish = (async () => {
    while (!stop) await publisher.call('PUBLISH', 'news', `n${sent++};`);
  })();
  for (let round = 0; round < 8; round++) {
    await until('messages flow', () => sent > (round + 1) * 40);
    await pair.move();
  }
  stop = true;
  await publish;
  for (const client of listeners) {
    await until('the last message is there', () => client.received.includes(`n${sent - 1};`));
    const numbers = [...client.received.toString('latin1').matchAll(/n(\d+);/g)].map((match) => Number(match[1]));
    t.same(
      numbers,
      Array.from({ length: sent }, (_each, at) => at),
    );
    t.notMatch(client.received.toString('latin1'), 'subscribe', 'no confirmation of the new subscription is seen');
    client.close();
  }
  publisher.close();
});

t.test('databases, users, RESP3, names, silence', async (t) => {
  const client = await holdfast.client();
  await client.call('HELLO', '3', 'AUTH', 'app', 'secret', 'SETNAME', 'carried');
  await client.call('SELECT', '3');
  await client.call('SET', 'in-three', '1');
  const silent = await holdfast.client();
  silent.send('CLIENT REPLY OFF\r\nSELECT 3\r\n');
  const bound = await holdfast.client();
  for (const line of ['MULTI', 'SELECT 3', 'EXEC']) await bound.call(...line.split(' '));
  await pair.move();
  t.equal(await client.call('GET', 'in-three'), '$1\r\n1\r\n');
  t.equal(await client.call('GET', 'nope'), '_\r\n');
  t.equal(await client.call('ACL', 'WHOAMI'), '$3\r\napp\r\n');
  t.equal(await client.call('CLIENT', 'GETNAME'), '$7\r\ncarried\r\n');
  t.match(await client.call('CLIENT', 'INFO'), 'db=3');
  silent.send('INCR in-three\r\nCLIENT REPLY ON\r\nGET in-three\r\n');
  t.equal(await text(silent, 2), '+OK\r\n$1\r\n2\r\n');
  t.equal(await bound.call('GET', 'in-three'), '$1\r\n2\r\n', 'SELECT inside MULTI counts on the new master too');
  for (const each of [client, silent, bound]) each.close();
});

t.test('a tracking client is told to forget everything, and is tracked on the new master', async (t) => {
  const client = await holdfast.client();
  await client.call('HELLO', '3');
  await client.call('CLIENT', 'TRACKING', 'on');
  await client.call('GET', 'cached');
  await pair.move();
  t.equal(await text(client), '>2\r\n$10\r\ninvalidate\r\n_\r\n');
  await client.call('GET', 'cached');
  await pair.master.send('SET', 'cached', '1');
  t.match(await text(client), /^>2\r\n\$10\r\ninvalidate\r\n\*1\r\n\$6\r\ncached/);
  client.close();
});

t.test('MONITOR goes on', async (t) => {
  const client = await holdfast.client();
  await client.call('MONITOR');
  await pair.move();
  await until('the monitor sees the new master', async () => {
    await pair.master.send('ECHO', 'look-here');
    return client.received.includes('look-here');
  });
  t.pass('it does');
  client.close();
});

t.test('pipelines of reads and writes that are held come back in order', async (t) => {
  const clients = await connected(5);
  await pair.move(async () => {
    for (const [at, client] of clients.entries()) {
      client.send(`GET p${at}\r\n${`INCR p${at}\r\nGET p${at}\r\n`.repeat(300)}ECHO end\r\n`);
    }
    await until('all are held', () => holdfast.shard.gate.heldCount === clients.length);
  });
  for (const client of clients) {
    const wanted = Array.from(
      { length: 300 },
      (_each, at) => `:${at + 1}\r\n$${String(at + 1).length}\r\n${at + 1}\r\n`,
    );
    t.equal(await text(client, 602), `$-1\r\n${wanted.join('')}$3\r\nend\r\n`);
    client.close();
  }
});

t.test('held in the order in which they came, and who leaves does not run', async (t) => {
  const clients = await connected(6);
  await pair.move(async () => {
    for (const [at, client] of clients.entries()) {
      client.send(`RPUSH line ${at}\r\n`);
      await until(`${at + 1} are held`, () => holdfast.shard.gate.heldCount === at + 1);
    }
    clients[2]?.socket.resetAndDestroy();
    await until('one has left', () => holdfast.shard.gate.heldCount === 5);
  });
  for (const [at, client] of clients.entries()) if (at !== 2) t.match(await text(client), /^:\d/);
  t.same(await pair.master.send('LRANGE', 'line', '0', '-1'), ['0', '1', '3', '4', '5']);
  for (const client of clients) client.close();
});

t.test('half a request before, half after', async (t) => {
  const [small, large] = await connected(2);
  if (small === undefined || large === undefined) return;
  small.send('*3\r\n$3\r\nSET\r\n$4\r\nha');
  await pair.move();
  small.send('lf\r\n$1\r\n1\r\n');
  t.equal(await text(small), '+OK\r\n');
  const value = 'v'.repeat(1_000_000);
  await pair.move(async () => {
    large.send(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${value.length}\r\n${value.slice(0, 600_000)}`);
    await until('it is held', () => holdfast.shard.gate.heldCount === 1);
  });
  large.send(`${value.slice(600_000)}\r\nSTRLEN big\r\n`);
  t.equal(await text(large, 2), '+OK\r\n:1000000\r\n');
  small.close();
  large.close();
});

t.test('WAIT across a move', async (t) => {
  const client = await holdfast.client();
  await client.call('SET', 'w', '1');
  client.send('WAIT 2 2000\r\n');
  await until('it waits', async () => Number((await pair.master.info('clients')).get('blocked_clients')) === 1);
  await pair.move();
  t.match(await text(client), /^:[01]\r\n$/);
  client.close();
});

t.test('nothing is left behind', async (t) => {
  await until('no client is there', () => holdfast.shard.clients.size === 0);
  await until('no old connection is there', () => {
    const { links } = holdfast.shard;
    return (['lane', 'private'] as const).every((kind) => holdfast.shard.upstreams(kind) === links?.count(kind));
  });
  t.equal(holdfast.shard.gate.heldCount, 0);
  t.notOk(holdfast.shard.writesInFlight);
});
