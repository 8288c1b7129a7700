import t from 'tap';
import { MovingPair } from '../../support/moving-pair.js';
import type { RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';

const COUNT = 12;

const pair = await MovingPair.start(t);
const { holdfast } = pair;
const producer = await holdfast.client();
t.beforeEach(() => producer.call('FLUSHALL'));

/** Blocks one client after the other, on top of `before` that are blocked. */
async function block(commands: readonly string[], before = 0): Promise<readonly RawClient[]> {
  const clients = await Promise.all(commands.map(() => holdfast.client()));
  // Idle links are taken last in, first out: now the server's list of clients is in another order than they will block.
  await Promise.all(clients.map((client) => client.call('BLPOP', 'nothing', '0.001')));
  for (const [at, client] of clients.entries()) {
    client.send(`${commands[at] ?? ''}\r\n`);
    await pair.blocked(before + at + 1);
  }
  return clients;
}

async function answers(clients: readonly RawClient[]): Promise<readonly string[]> {
  const replies = await Promise.all(clients.map((client) => client.replies(1)));
  for (const client of clients) client.close();
  return replies.map((reply) => /(\d+)\r\n$/.exec(reply.toString('latin1'))?.[1] ?? reply.toString('latin1'));
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_each, at) => String(from + at));

t.test(
  'those who wait for a key are served in the order in which they came, after one move and after three',
  async (t) => {
    for (const moves of [1, 3]) {
      for (const [wait, push] of [
        ['BLPOP key 0', 'RPUSH'],
        ['BLMOVE key other LEFT RIGHT 0', 'RPUSH'],
        ['BRPOP key 0', 'RPUSH'],
        ['BZPOPMIN key 0', 'ZADD'],
        ['XREADGROUP GROUP g c BLOCK 0 STREAMS key >', 'XADD'],
      ] as const) {
        await producer.call('DEL', 'key');
        if (push === 'XADD') await producer.call('XGROUP', 'CREATE', 'key', 'g', '$', 'MKSTREAM');
        const clients = await block(Array.from({ length: COUNT }, () => wait));
        for (let done = 0; done < moves; done++) {
          await pair.move();
          await pair.blocked(COUNT);
        }
        for (const value of numbers(0, COUNT)) {
          if (push === 'RPUSH') await producer.call('RPUSH', 'key', value);
          else if (push === 'ZADD') await producer.call('ZADD', 'key', value, value);
          else await producer.call('XADD', 'key', '*', 'f', value);
        }
        t.same(await answers(clients), numbers(0, COUNT), `${wait}, ${moves} moves`);
      }
    }
  },
);

t.test(
  'those who begin to wait while the master moves come behind the others, in the order of their coming',
  async (t) => {
    const waits = [
      'BLPOP key 0',
      'BLPOP a key b 0',
      'BRPOP key b 0',
      'BLMPOP 0 2 a key LEFT',
      'BLMOVE key other LEFT RIGHT 0',
    ];
    const old = await block(waits);
    const fresh = await Promise.all(waits.map(() => holdfast.client()));
    await pair.move(async () => {
      for (const [at, client] of fresh.entries()) {
        client.send('BLPOP key a 0\r\n');
        await until('it is held', () => holdfast.traffic.counters().clients.held === at + 1);
      }
    });
    await pair.blocked(waits.length * 2);
    const last = await block(['BLPOP key 0', 'BLPOP b key 0'], waits.length * 2);
    const everybody = [...old, ...fresh, ...last];
    // One after the other: some take from the right.
    for (const value of numbers(0, everybody.length)) await producer.call('RPUSH', 'key', value);
    const found = await answers(everybody);
    t.same(found.slice(0, waits.length), numbers(0, waits.length), 'who waited before');
    t.same(found.slice(waits.length, -2).toSorted(), numbers(waits.length, waits.length * 2), 'who came meanwhile');
    t.same(found.slice(-2), numbers(everybody.length - 2, everybody.length), 'who came after');
  },
);

t.test('who hangs at the old master does not keep the others from their elements for ever', async (t) => {
  const [hanging, leaving] = await block(['BLPOP key 0', 'BLPOP key 0']);
  const late = await holdfast.client();
  // The old master does not let go of those who wait there before it is demoted.
  await pair.move(undefined, async () => {
    late.send('BLPOP key 0\r\n');
    leaving?.close();
    await producer.call('RPUSH', 'key', '1');
    t.same(await answers([late]), ['1']);
  });
  await pair.blocked(1);
  await producer.call('RPUSH', 'key', '2');
  if (hanging !== undefined) t.same(await answers([hanging]), ['2'], 'it comes over when it can');
});
