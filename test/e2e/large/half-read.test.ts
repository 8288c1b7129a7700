import t from 'tap';
import { NO_PEAK_MEMORY, PeakMemory } from '../../support/peak-memory.js';
import { scaled } from '../../support/scale.js';
import { hostAndPort, startStage } from '../../support/stage.js';
import { digestOf, MIB, StreamClient } from '../../support/stream-client.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

/** More than is gathered for a client that does not read, so that writes behind it are answered. */
const BYTES = scaled(96, 192) * MIB;
const ROUNDS = scaled(5, 50);

t.test(
  'a write behind a large reply that nobody reads holds up no switchover for long',
  { skip: NO_PEAK_MEMORY },
  async (t) => {
    const stage = await startStage(t, { replicas: 1 });
    const { holdfast, shard } = stage;
    const connect = async (): Promise<StreamClient> => {
      const client = await StreamClient.connect(holdfast.port);
      t.teardown(() => client.close());
      return client;
    };
    const [late, slow] = [await connect(), await connect()];
    await late.send(['SET', 'large'], BYTES);
    t.equal(await late.line(), '+OK');
    const memory = new PeakMemory(holdfast.pid);
    await late.write('GET large\r\nINCR late\r\n');
    await slow.write('MULTI\r\nGET large\r\nINCR slow\r\nEXEC\r\nINCR slow\r\n');
    for (const wanted of ['+OK', '+QUEUED', '+QUEUED', '*2']) t.equal(await slow.line(), wanted);
    await until('both writes have run', async () => {
      const [one, other] = await Promise.all([shard.master.send('GET', 'late'), shard.master.send('GET', 'slow')]);
      return one === '1' && other === '2';
    });
    // In the first moments it is refused: the writes might not have reached the server yet.
    const target = hostAndPort(shard.ids[1] ?? '');
    await until('the master moves', async () => (await holdfast.refusal('SWITCHOVER', 'TO', ...target)) === '');
    await switchRounds(t, stage, ROUNDS, async () => {
      t.match(await stage.client.call('INCR', 'others'), /^:/);
    });
    t.ok(memory.growth < 112 * MIB, `${Math.round(memory.growth / MIB)} MiB`);

    const whole = { bytes: BYTES, digest: digestOf(BYTES) };
    for (const client of [late, slow]) {
      t.strictSame(await client.bulk(), whole);
      t.equal(await client.line(), ':1');
    }
    t.equal(await slow.line(), ':2');
    for (const [client, key, wanted] of [
      [late, 'late', ':2'],
      [slow, 'slow', ':3'],
    ] as const) {
      await client.write(`INCR ${key}\r\n`);
      t.equal(await client.line(), wanted, 'once, on every master');
    }
  },
);
