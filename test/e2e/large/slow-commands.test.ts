import t from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { Twins } from '../proxy/support/twins.js';

/** The server answers others again, with BUSY, when a script has run for this long. */
const BUSY_AFTER = { 'busy-reply-threshold': '20', 'enable-debug-command': 'yes' };
const ENDLESS = ['EVAL', 'while true do end', '0'];
const BUSY = /^-BUSY /;

t.test('while a script hangs, others are told so as on the server itself', async (t) => {
  const twins = await Twins.start({ config: BUSY_AFTER });
  t.teardown(() => twins.stop());
  const open = async (): Promise<RawClient> => {
    const client = await twins.holdfast.client();
    t.teardown(() => client.close());
    return client;
  };
  const [culprit, behind, other, elsewhere] = [await open(), await open(), await open(), await open()];
  t.equal(await elsewhere.call('SELECT', '3'), '+OK\r\n');
  t.equal(await elsewhere.call('SET', 'key', 'there'), '+OK\r\n');
  t.equal(await other.call('SET', 'key', 'value'), '+OK\r\n');
  for (let round = 1; round <= 2; round++) {
    culprit.send(encodeCommand(...ENDLESS));
    await until('the script runs', async () => {
      const reply = await twins.behind.send('PING').catch((error: unknown) => String(error));
      return /BUSY/.test(String(reply));
    });
    // Whoever is as quick as this stands behind the script on the lane, and gets an answer when it is over.
    behind.send(encodeCommand('INCR', 'behind'));
    const { direct } = twins;
    t.ok(direct.running);
    await until('others are told', async () => {
      const late = await open();
      late.send(encodeCommand('GET', 'key'));
      return BUSY.test(String(await late.replies(1, 500)));
    });
    t.match(await other.call('GET', 'key'), BUSY, 'who was there before, too');
    t.match(await elsewhere.call('GET', 'key'), BUSY, 'in another database, too');
    t.equal(behind.received.length + culprit.received.length, 0);
    t.equal(await other.call('SCRIPT', 'KILL'), '+OK\r\n');
    t.match(String(await culprit.replies(1)), /^-ERR (Error running script|Script killed)/);
    t.equal(String(await behind.replies(1)), `:${round}\r\n`, 'it ran once');
    t.equal(await other.call('GET', 'key'), '$5\r\nvalue\r\n');
    t.equal(await elsewhere.call('GET', 'key'), '$5\r\nthere\r\n');
    await until('the lane that was left is gone', () => twins.holdfast.shard.upstreams('lane') <= 3);
  }
});

t.test('a write that a pause of the server has caught keeps nobody from reading', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const [writer, reader] = await Promise.all([twins.holdfast.client(), twins.holdfast.client()]);
  t.teardown(() => [writer, reader].forEach((client) => client.close()));
  t.equal(await writer.call('SET', 'key', '1'), '+OK\r\n');
  await twins.behind.send('CLIENT', 'PAUSE', '600000', 'WRITE');
  writer.send(encodeCommand('INCR', 'key'));
  await until('it is caught', async () => /blocked_clients:1/.test(String(await twins.behind.send('INFO', 'clients'))));
  await until('others read', async () => {
    const late = await twins.holdfast.client();
    t.teardown(() => late.close());
    late.send(encodeCommand('GET', 'key'));
    return (await late.replies(1, 500)).toString() === '$1\r\n1\r\n';
  });
  t.equal(await reader.call('GET', 'key'), '$1\r\n1\r\n');
  t.equal(writer.received.length, 0);
  await twins.behind.send('CLIENT', 'UNPAUSE');
  t.equal(String(await writer.replies(1)), ':2\r\n');
  t.equal(await writer.call('INCR', 'key'), ':3\r\n');
});

t.test('a server that answers nobody is waited for on one connection', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const { behind, holdfast } = twins;
  const clients = await Promise.all(Array.from({ length: 4 }, () => holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  for (const client of clients) await client.call('SET', 'key', 'value');
  await behind.freeze();
  const lanes = holdfast.shard.upstreams('lane');
  const [first] = clients;
  first?.send(encodeCommand('INCR', 'count'));
  await until('it is seen', () => holdfast.shard.upstreams('lane') > lanes);
  for (const client of clients.slice(1)) client.send(encodeCommand('INCR', 'count'));
  behind.resume();
  const replies = await Promise.all(clients.map(async (client) => String(await client.replies(1))));
  t.same(replies.sort(), [':1\r\n', ':2\r\n', ':3\r\n', ':4\r\n']);
});

t.test('a command that keeps the server busy holds up nobody for longer than directly', async (t) => {
  const twins = await Twins.start({ config: BUSY_AFTER });
  t.teardown(() => twins.stop());
  const [slow, quick] = [await twins.pair(), await twins.pair()];
  t.teardown(() => [slow, quick].forEach((pair) => pair.close()));
  await slow.same(t, ['EVAL', "for i = 1, 20000 do redis.call('RPUSH', 'list', 20000 - i) end", '0']);
  for (const words of [
    ['DEBUG', 'SLEEP', '0.2'],
    ['SORT', 'list', 'STORE', 'sorted'],
    ['KEYS', '*a*b*c*'],
  ]) {
    slow.send(words);
    // Each server has the slow one first; what comes next is answered behind it, in both cases.
    const order: string[] = [];
    const watch = async (client: RawClient, name: string): Promise<void> => {
      await client.replies(1);
      order.push(name);
    };
    quick.send(['INCR', 'count']);
    await Promise.all([
      watch(slow.direct, 'slow direct'),
      watch(quick.direct, 'quick direct'),
      watch(slow.proxied, 'slow'),
      watch(quick.proxied, 'quick'),
    ]);
    t.equal(order.length, 4);
    await quick.same(t, ['GET', 'count']);
  }
});
