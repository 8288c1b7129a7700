import t from 'tap';
import { MovingPair } from '../../support/moving-pair.js';
import { RawClient } from '../../support/raw-client.js';
import type { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const pair = await MovingPair.start(t);
const { holdfast } = pair;
const operator = await holdfast.client();

interface Blocked {
  readonly client: RawClient;
  readonly id: string;
}

/** A client that waits, and its id. */
async function blocked(words: string, db = '0'): Promise<Blocked> {
  const client = await holdfast.client();
  await client.call('SELECT', db);
  const id = (await client.call('CLIENT', 'ID')).slice(1).trim();
  client.send(`${words}\r\n`);
  await pair.blocked(1);
  return { client, id };
}

const WAYS = [
  ['TIMEOUT', /^\*-1\r\n$/],
  ['ERROR', /^-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n$/],
] as const;

t.test('finds a blocked call before, while and after the master moves', async (t) => {
  for (const words of ['BLPOP nothing 0', 'XREAD BLOCK 0 STREAMS nothing $']) {
    for (const [way, wanted] of WAYS) {
      const answered = async (waiting: Blocked, reply: Promise<string>, when: string): Promise<void> => {
        t.equal(await reply, ':1\r\n', `${words}, ${way}, ${when}`);
        t.match((await waiting.client.replies(1)).toString(), wanted);
        t.equal(await waiting.client.call('PING'), '+PONG\r\n', 'it goes on');
        waiting.client.close();
      };
      const unblock = (waiting: Blocked): Promise<string> => operator.call('CLIENT', 'UNBLOCK', waiting.id, way);

      const before = await blocked(words);
      await answered(before, unblock(before), 'before');

      const held = await blocked(words);
      let reply = Promise.resolve('');
      await pair.move(async () => {
        reply = unblock(held);
        await until('CLIENT UNBLOCK is held', () => holdfast.traffic.counters().clients.held === 1);
      });
      await answered(held, reply, 'while the gate is closed');

      const between = await blocked(words);
      await pair.move(undefined, async () => {
        reply = unblock(between);
        await until('CLIENT UNBLOCK has come', () => waitsForTheMove());
      });
      await answered(between, reply, 'while the old master does not let go of it');

      const moved = await blocked(words);
      await pair.move();
      await pair.blocked(1);
      await pair.move();
      await answered(moved, unblock(moved), 'right after two moves');
    }
  }
});

t.test('never ends the call of somebody who has that number on the new master', async (t) => {
  const { master: from, other: to } = pair;
  // Numbers go up with each connection; the old master's must be ahead, so that the new one can catch up with it.
  const ahead = async (): Promise<number> => (await numberOf(from)) - (await numberOf(to));
  while ((await ahead()) < 30) await Promise.all(Array.from({ length: 20 }, () => from.send('PING')));
  const waiting = await blocked('BLPOP nothing 0', '9');
  const serverId = holdfast.shard.clients.get(Number(waiting.id))?.link?.upstream.serverId ?? 0;
  let reply = Promise.resolve('');
  let bystander: RawClient | null = null;
  await pair.move(undefined, async () => {
    for (let id = 0; id < serverId;) {
      bystander = await RawClient.connect({ host: to.host, port: to.port });
      id = Number((await bystander.call('CLIENT', 'ID')).slice(1));
      if (id < serverId) bystander.close();
      else t.equal(id, serverId);
    }
    bystander?.send('BLPOP bystander 0\r\n');
    await pair.blocked(1);
    reply = operator.call('CLIENT', 'UNBLOCK', waiting.id);
    await until('CLIENT UNBLOCK has come', () => waitsForTheMove());
  });
  t.equal(await reply, ':1\r\n');
  t.equal((await waiting.client.replies(1)).toString(), '*-1\r\n');
  await pair.blocked(1);
  waiting.client.close();
  (bystander as RawClient | null)?.close();
});

async function numberOf(server: RedisServer): Promise<number> {
  return Number(await server.send('CLIENT', 'ID'));
}

/** Whether the operator's command has been taken and waits. */
function waitsForTheMove(): boolean {
  return [...holdfast.shard.clients.values()].some(({ waitsFor }) => waitsFor === 'errand');
}
