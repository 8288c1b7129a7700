import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import type { RawClient } from '../../support/raw-client.js';
import type { RedisServer } from '../../support/redis-server.js';
import { Relay } from '../../support/relay.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';

/** A switchover that a test makes step by step, to look in between. */
interface Handover {
  readonly holdfast: HoldfastInProcess;
  readonly master: RedisServer;
  readonly candidate: RedisServer;
  /** The way to the master. */
  readonly relay: Relay;
  /** Closes the gate, fences, and waits until the candidate has everything. */
  readonly fence: () => Promise<void>;
  /** The same, and marks the moment. */
  readonly mark: () => Promise<void>;
  readonly promote: () => Promise<void>;
  readonly redirect: () => void;
}

async function startHandover(t: Test): Promise<Handover> {
  const servers = await startShard({ replicas: 1, config: { 'client-output-buffer-limit': 'pubsub 0 0 0' } });
  t.teardown(() => servers.dispose());
  const { master } = servers;
  const [candidate] = servers.replicas;
  if (candidate === undefined) throw new Error('no replica');
  const relay = await Relay.start(master);
  t.teardown(() => relay.close());
  const holdfast = await HoldfastInProcess.start(relay.id);
  t.teardown(() => holdfast.stop());
  const { traffic } = holdfast;
  const fence = async (): Promise<void> => {
    await traffic.prepare(candidate.id, 5000);
    traffic.hold();
    await traffic.drained(AbortSignal.timeout(5000));
    await master.send('CLIENT', 'PAUSE', '30000', 'WRITE');
    await servers.inSync();
  };
  return {
    holdfast,
    master,
    candidate,
    relay,
    fence,
    mark: async () => {
      await fence();
      await traffic.mark(5000);
    },
    promote: async () => {
      await candidate.send('REPLICAOF', 'NO', 'ONE');
    },
    redirect: () => {
      traffic.redirect(candidate.id);
      traffic.release();
    },
  };
}

const message = (channel: string, text: string): string =>
  `*3\r\n$7\r\nmessage\r\n$${channel.length}\r\n${channel}\r\n$${text.length}\r\n${text}\r\n`;

const text = async (client: RawClient, count = 1): Promise<string> => (await client.replies(count)).toString('latin1');

t.test('what others publish on the new master before Holdfast goes there is not missed', async (t) => {
  const handover = await startHandover(t);
  const client = await handover.holdfast.client();
  t.teardown(() => client.close());
  await client.call('SUBSCRIBE', 'news');
  await handover.mark();
  await handover.promote();
  t.equal(await handover.candidate.send('PUBLISH', 'news', 'early'), 1);
  // By the time at which this is answered, Holdfast has read what came before.
  const other = await handover.holdfast.client();
  await other.call('PING');
  other.close();
  handover.redirect();
  t.equal(await text(client), message('news', 'early'));
});

t.test('messages of the new master wait for those of the old one that a client has yet to read', async (t) => {
  const handover = await startHandover(t);
  const { holdfast, master, candidate } = handover;
  const client = await holdfast.client();
  t.teardown(() => client.close());
  const id = Number((await client.call('CLIENT', 'ID')).slice(1));
  await client.call('SUBSCRIBE', 'news');
  client.socket.pause();
  const text = 'x'.repeat(24 * 1024 * 1024);
  const large = message('news', text).length;
  await master.send('PUBLISH', 'news', text);
  await until('the client keeps Holdfast waiting', () => {
    return (holdfast.shard.clients.get(id)?.output.unsent ?? 0) > 2 * 1024 * 1024;
  });
  await handover.mark();
  await handover.promote();
  handover.redirect();
  await master.send('REPLICAOF', candidate.host, String(candidate.port));
  await master.send('CLIENT', 'UNPAUSE');
  t.equal(await candidate.send('PUBLISH', 'news', 'new'), 1);
  await candidate.send('SET', 'behind', 'it');
  await until('the old master has passed it on', async () => (await master.send('GET', 'behind')) === 'it');
  const socket = client.socket.removeAllListeners('data').resume();
  let [bytes, tail] = [0, ''];
  socket.on('data', (piece: Buffer) => {
    bytes += piece.length;
    tail = (tail + piece.toString('latin1')).slice(-100);
  });
  const wanted = large + message('news', 'new').length;
  await until('all has come', () => bytes >= wanted);
  t.ok(tail.endsWith(`xxx\r\n${message('news', 'new')}`), 'nothing overtakes');
  socket.write('PING\r\n');
  const pong = '*2\r\n$4\r\npong\r\n$0\r\n\r\n';
  await until('the last word has come', () => tail.endsWith(pong));
  t.equal(bytes, wanted + pong.length, 'nothing comes twice');
});

t.test('what ends a subscription does not overtake messages that wait for those of the old master', async (t) => {
  const goodbyes = [
    ['UNSUBSCRIBE', '*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:0\r\n'],
    ['SUBSCRIBE more', '*3\r\n$9\r\nsubscribe\r\n$4\r\nmore\r\n:2\r\n'],
    ['RESET', '+RESET\r\n'],
    ['QUIT', '+OK\r\n'],
  ] as const;
  const handover = await startHandover(t);
  const { shard } = handover.holdfast;
  const clients = await Promise.all(goodbyes.map(() => handover.holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  for (const client of clients) await client.call('SUBSCRIBE', 'news');
  handover.relay.mute(/SUBSCRIBE/);
  await handover.master.send('PUBLISH', 'news', 'old');
  // Somebody else moves the master, before there is a mark.
  await handover.fence();
  await handover.promote();
  handover.redirect();
  t.equal(await handover.candidate.send('PUBLISH', 'news', 'new'), clients.length);
  for (const [at, [goodbye]] of goodbyes.entries()) clients[at]?.send(`${goodbye}\r\n`);
  const haveSaidIt = (): boolean => [...shard.clients.values()].every(({ waitsFor }) => waitsFor === 'replies');
  await until('all have said it', haveSaidIt);
  handover.relay.flow();
  for (const [at, [goodbye, answer]] of goodbyes.entries()) {
    const client = clients[at];
    if (client === undefined) return;
    t.equal(await text(client, 3), `${message('news', 'old')}${message('news', 'new')}${answer}`, goodbye);
  }
});

t.test('a subscription in the instant of the switch is made on the new master', async (t) => {
  const handover = await startHandover(t);
  const clients = await Promise.all(Array.from({ length: 3 }, () => handover.holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  const [known, fresh, leaving] = clients;
  if (known === undefined || fresh === undefined || leaving === undefined) return;
  await known.call('SUBSCRIBE', 'news');
  await leaving.call('SUBSCRIBE', 'news');
  await handover.mark();
  known.send('SUBSCRIBE more\r\n');
  fresh.send('SUBSCRIBE more\r\n');
  leaving.send('UNSUBSCRIBE news\r\n');
  await until('they are held', () => handover.holdfast.shard.gate.heldCount === 3);
  await handover.promote();
  handover.redirect();
  t.equal(await text(known), '*3\r\n$9\r\nsubscribe\r\n$4\r\nmore\r\n:2\r\n');
  t.equal(await text(fresh), '*3\r\n$9\r\nsubscribe\r\n$4\r\nmore\r\n:1\r\n');
  t.equal(await text(leaving), '*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:0\r\n');
  t.equal(await handover.candidate.send('PUBLISH', 'more', 'hello'), 2);
  t.equal(await text(known), message('more', 'hello'));
  t.equal(await text(fresh), message('more', 'hello'));
  t.equal(await leaving.call('GET', 'nothing'), '$-1\r\n');
});

t.test('CLIENT CACHING speaks of the next command also when that runs on the new master', async (t) => {
  for (const transaction of [false, true]) {
    const handover = await startHandover(t);
    const client = await handover.holdfast.client();
    t.teardown(() => client.close());
    await client.call('HELLO', '3');
    await client.call('CLIENT', 'TRACKING', 'on', 'OPTIN');
    await client.call('CLIENT', 'CACHING', 'yes');
    if (transaction) await client.call('MULTI');
    await handover.mark();
    await handover.promote();
    handover.redirect();
    t.equal(await text(client), '>2\r\n$10\r\ninvalidate\r\n_\r\n');
    await client.call('GET', 'kept');
    if (transaction) await client.call('EXEC');
    await client.call('GET', 'not kept');
    for (const key of ['not kept', 'kept']) await handover.candidate.send('SET', key, '1');
    t.equal(await text(client), '>2\r\n$10\r\ninvalidate\r\n*1\r\n$4\r\nkept\r\n');
  }
});

t.test('nothing gets between the pieces of a large message', async (t) => {
  const handover = await startHandover(t);
  const [target, reader] = [await handover.holdfast.client(), await handover.holdfast.client()];
  t.teardown(() => [target, reader].forEach((client) => client.close()));
  const id = (await target.call('CLIENT', 'ID')).slice(1).trim();
  await target.call('SUBSCRIBE', 'news', '__redis__:invalidate');
  await text(target);
  await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', id);
  target.socket.pause();
  const large = 'x'.repeat(24 * 1024 * 1024);
  await handover.master.send('PUBLISH', 'news', large);
  await until('the target keeps Holdfast waiting', () => {
    return (handover.holdfast.shard.clients.get(Number(id))?.output.unsent ?? 0) > 2 * 1024 * 1024;
  });
  await handover.mark();
  await handover.promote();
  handover.redirect();
  // The tracker moves at once, and tells the target.
  await reader.call('PING');
  const socket = target.socket.removeAllListeners('data').resume();
  let bytes = 0;
  let tail = '';
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    tail = (tail + chunk.toString('latin1')).slice(-200);
  });
  const nothing = message('__redis__:invalidate', '').replace('$0\r\n\r\n', '$-1\r\n');
  const wanted = message('news', large).length + nothing.length;
  await until('all has come', () => bytes >= wanted);
  t.equal(bytes, wanted);
  t.match(tail, `x\r\n${nothing}`);
});
