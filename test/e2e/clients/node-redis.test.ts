import { createClient, createClientPool, defineScript, RESP_TYPES, WatchError } from 'redis';
import t, { type Test } from 'tap';
import { ServeProcess } from '../../support/serve-process.js';
import { startStage, type Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { workWhileMoving } from './support/application.js';

/** At once: the tests look at what a client does after it has lost its connection, not at how long it waits. */
const RECONNECT_MS = 1;

const add = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: "return redis.call('INCRBY', KEYS[1], ARGV[1])",
  parseCommand(parser, key: string, by: number) {
    parser.pushKey(key);
    parser.push(String(by));
  },
  transformReply: (reply: number) => reply,
});

function optionsOf(stage: Stage, RESP: 2 | 3) {
  const socket = { host: '127.0.0.1', port: stage.holdfast.port, reconnectStrategy: () => RECONNECT_MS };
  return { RESP, socket, scripts: { add } } as const;
}

/** Notes all that the library says beside the replies. */
function troublesOf(client: NodeJS.EventEmitter): string[] {
  const troubles: string[] = [];
  client.on('error', (error) => troubles.push(String(error)));
  client.on('reconnecting', () => troubles.push('reconnecting'));
  return troubles;
}

/** Settles when the client has lost its connection. (`once` of node:events would reject: the library tells it as an error.) */
function lossOf(client: NodeJS.EventEmitter): Promise<unknown> {
  return new Promise((resolve) => client.once('reconnecting', resolve));
}

/** A client through Holdfast, ready. */
async function connect(t: Test, stage: Stage, RESP: 2 | 3, more: { name?: string; database?: number } = {}) {
  const client = createClient({ ...optionsOf(stage, RESP), ...more });
  const troubles = troublesOf(client);
  await client.connect();
  t.teardown(() => {
    if (client.isOpen) client.destroy();
  });
  return { client, troubles };
}

async function connectPool(t: Test, stage: Stage, RESP: 2 | 3, size: number) {
  const pool = createClientPool(optionsOf(stage, RESP), { minimum: size, maximum: size });
  const troubles = troublesOf(pool);
  await pool.connect();
  t.teardown(() => pool.destroy());
  return { pool, troubles };
}

const numbersTo = (count: number): readonly number[] => Array.from({ length: count }, (_each, at) => at);

for (const RESP of [2, 3] as const) {
  void t.test(`node-redis over RESP${RESP}`, async (t) => {
    const stage = await startStage(t, { replicas: 1 });

    await t.test('is who it says it is, in its database', async (t) => {
      const { client, troubles } = await connect(t, stage, RESP, { name: 'shop', database: 3 });
      t.equal(await client.clientGetName(), 'shop');
      await client.set('where', 'in 3');
      const direct = await stage.shard.master.info('keyspace');
      t.match(direct.get('db3'), 'keys=1,');
      t.match(await client.clientInfo(), { name: 'shop', db: 3, user: 'default' });
      t.same(troubles, []);
    });

    await t.test('a pool counts, and its commands of one moment are pipelined', async (t) => {
      const { pool, troubles } = await connectPool(t, stage, RESP, 4);
      let counted = 0;
      await workWhileMoving(t, stage, 8, async () => {
        await Promise.all([pool.incr('pool'), pool.get('pool'), pool.incrBy('pool', 2), pool.ping()]);
        counted += 3;
      });
      t.equal(await pool.get('pool'), String(counted));
      t.same(troubles, []);
    });

    await t.test('transactions and compare-and-set', async (t) => {
      const { pool, troubles } = await connectPool(t, stage, RESP, 6);
      let [added, refused] = [0, 0];
      await workWhileMoving(t, stage, 6, async () => {
        await pool.multi().incr('sum').lPush('log', 'line').lTrim('log', 0, 9).exec();
        await pool.execute(async (client) => {
          await client.watch('balance');
          const seen = Number(await client.get('balance'));
          try {
            await client
              .multi()
              .set('balance', String(seen + 1))
              .exec();
            added++;
          } catch (error) {
            if (!(error instanceof WatchError)) throw error;
            refused++;
          }
        });
      });
      t.equal(await pool.get('balance'), String(added), `${refused} were told that a watched key changed`);
      t.equal(await pool.get('sum'), String(added + refused));
      t.same(troubles, []);
    });

    await t.test('scripts by their SHA1', async (t) => {
      const { pool, troubles } = await connectPool(t, stage, RESP, 3);
      const sha = await pool.scriptLoad("return redis.call('INCR', KEYS[1])");
      const steps = await workWhileMoving(t, stage, 6, async () => {
        await pool.add('scripted', 2);
        await pool.evalSha(sha, { keys: ['scripted'] });
      });
      t.equal(await pool.get('scripted'), String(3 * steps));
      t.same(troubles, []);
    });

    await t.test('a queue with consumers that block', async (t) => {
      const { pool, troubles } = await connectPool(t, stage, RESP, 6);
      const got: string[] = [];
      const ends = Array.from({ length: 5 }, () =>
        pool.execute(async (client) => {
          for (;;) {
            const job = (await client.blPop('jobs', 0))?.element ?? '';
            if (job === 'stop') return;
            got.push(job);
          }
        }),
      );
      let made = 0;
      await workWhileMoving(t, stage, 3, () => pool.rPush('jobs', String(made++)));
      await pool.rPush('jobs', ['stop', 'stop', 'stop', 'stop', 'stop']);
      await Promise.all(ends);
      t.same(
        got.map(Number).sort((a, b) => a - b),
        numbersTo(made),
        'each job once',
      );
      t.same(troubles, []);
    });

    await t.test('a stream is read to its end', async (t) => {
      const reader = await connect(t, stage, RESP);
      const writer = await connect(t, stage, RESP);
      const got: number[] = [];
      const end = (async (): Promise<void> => {
        for (let id = '0'; ;) {
          const streams = await reader.client.xRead({ key: 'events', id }, { BLOCK: 0, COUNT: 10 });
          const [stream] = (streams ?? []) as readonly {
            messages: { id: string; message: Record<string, string> }[];
          }[];
          for (const each of stream?.messages ?? []) {
            id = each.id;
            if (each.message['n'] === 'stop') return;
            got.push(Number(each.message['n']));
          }
        }
      })();
      let made = 0;
      await workWhileMoving(t, stage, 1, () => writer.client.xAdd('events', '*', { n: String(made++) }));
      await writer.client.xAdd('events', '*', { n: 'stop' });
      await end;
      t.same(got, numbersTo(made));
      t.same([...reader.troubles, ...writer.troubles], []);
    });

    await t.test('messages on channels, patterns and shard channels', async (t) => {
      const subscriber = await connect(t, stage, RESP);
      const publisher = await connect(t, stage, RESP);
      const heard: Record<'channel' | 'pattern' | 'shard', number[]> = { channel: [], pattern: [], shard: [] };
      await subscriber.client.subscribe('news', (message) => heard.channel.push(Number(message)));
      await subscriber.client.pSubscribe('n?ws', (message) => heard.pattern.push(Number(message)));
      await subscriber.client.sSubscribe('local', (message) => heard.shard.push(Number(message)));
      let said = 0;
      await workWhileMoving(t, stage, 1, async () => {
        const message = String(said++);
        await Promise.all([publisher.client.publish('news', message), publisher.client.sPublish('local', message)]);
      });
      await until('all is heard', () => Object.values(heard).every((each) => each.length >= said));
      t.same(heard, { channel: numbersTo(said), pattern: numbersTo(said), shard: numbersTo(said) });
      await subscriber.client.unsubscribe('news');
      t.same([...subscriber.troubles, ...publisher.troubles], []);
    });

    await t.test('values that are too large to share a connection', async (t) => {
      const { client, troubles } = await connect(t, stage, RESP);
      const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
      const value = Buffer.alloc(300 * 1024, 'holdfast ');
      await workWhileMoving(t, stage, 3, async (loop) => {
        await client.set(`large:${loop}`, value);
        const found = await binary.get(`large:${loop}`);
        if (found === null || !value.equals(found)) throw new Error('another value');
      });
      t.same(troubles, []);
    });

    await t.test('connects again by itself when its connection is killed', async (t) => {
      const victim = await connect(t, stage, RESP, { name: 'victim', database: 2 });
      const listener = await connect(t, stage, RESP, { name: 'listener' });
      const heard: string[] = [];
      await listener.client.subscribe('alarm', (message) => heard.push(message));
      for (const [name, { client }] of Object.entries({ victim, listener })) {
        const list = await stage.client.call('CLIENT', 'LIST');
        const id = new RegExp(`id=(\\d+) [^\n]*name=${name} `).exec(list)?.[1] ?? '';
        const reconnecting = lossOf(client);
        t.equal(await stage.client.call('CLIENT', 'KILL', 'ID', id), ':1\r\n');
        await reconnecting;
      }
      await victim.client.set('after', 'the kill');
      t.equal(await victim.client.clientGetName(), 'victim');
      t.equal(await stage.client.call('GET', 'after'), '$-1\r\n', 'in its own database');
      await until('it listens again', async () => (await victim.client.publish('alarm', 'again')) === 1);
      await until('it hears', () => heard.includes('again'));
    });
  });
}

void t.test('node-redis waits for a Holdfast that is started anew', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { client } = await connect(t, stage, 3);
  await client.set('key', 'before');
  const lost = lossOf(client);
  await stage.holdfast.dispose();
  await lost;
  const waiting = [client.get('key'), client.set('key', 'after'), client.get('key')];
  const flags = [`--listen=127.0.0.1:${stage.holdfast.port}`];
  const next = await ServeProcess.start({ nodes: stage.shard.ids, flags });
  t.teardown(() => next.dispose());
  t.same(await Promise.all(waiting), ['before', 'OK', 'after']);
});
