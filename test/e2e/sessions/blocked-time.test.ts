import t from 'tap';
import { MovingPair } from '../../support/moving-pair.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';

const pair = await MovingPair.start(t);
const { holdfast } = pair;

/** `SECONDS` and `MS` stand for the time. */
const CALLS = [
  'BLPOP nothing SECONDS',
  'BRPOP nothing SECONDS',
  'BLMOVE nothing other LEFT RIGHT SECONDS',
  'BRPOPLPUSH nothing other SECONDS',
  'BLMPOP SECONDS 1 nothing LEFT',
  'BZPOPMIN nothing SECONDS',
  'BZPOPMAX nothing SECONDS',
  'BZMPOP SECONDS 1 nothing MIN',
  'XREAD BLOCK MS STREAMS nothing $',
  'XREADGROUP GROUP g c BLOCK MS STREAMS group >',
  'WAIT 5 MS',
];

t.test('a call that moved three times ends between the shorter and the longer ones that never moved', async (t) => {
  // Who never moves: a third server, asked directly.
  const still = await startShard({ replicas: 0 });
  t.teardown(() => still.dispose());
  const ended: string[] = [];
  const waits: Promise<unknown>[] = [];
  const note = (client: RawClient, name: string): void => {
    waits.push(
      client.replies(1).then((reply) => {
        ended.push(reply.toString('latin1').startsWith('-') ? `${name}: ${reply.toString('latin1')}` : name);
        client.close();
      }),
    );
  };
  const direct = async (seconds: number, name: string): Promise<void> => {
    const client = await RawClient.connect({ host: still.master.host, port: still.master.port });
    client.send(encodeCommand('BLPOP', 'nothing', String(seconds)));
    note(client, name);
  };
  const writer = await holdfast.client();
  await writer.call('XGROUP', 'CREATE', 'group', 'g', '$', 'MKSTREAM');
  await direct(1.5, 'shorter');
  for (const call of CALLS) {
    const client = await holdfast.client();
    client.send(encodeCommand(...call.replace('SECONDS', '2').replace('MS', '2000').split(' ')));
    note(client, call);
  }
  await pair.blocked(CALLS.length);
  await direct(3, 'longer');
  for (let moves = 0; moves < 3; moves++) {
    // The last one late: whoever then began to count anew would outlast the longer one.
    if (moves === 2) await until('the shorter one has ended', () => ended.length > 0);
    await pair.move();
  }
  await Promise.all(waits);
  t.equal(ended[0], 'shorter');
  t.equal(ended.at(-1), 'longer');
  t.same(ended.slice(1, -1).toSorted(), CALLS.toSorted());
});

t.test('a call without an end has none after the move', async (t) => {
  const client = await holdfast.client();
  client.send('BLPOP nothing 0\r\n');
  await pair.blocked(1);
  await pair.move();
  await pair.blocked(1);
  const later = await holdfast.client();
  t.equal(await later.call('BLPOP', 'nothing', '0.3'), '*-1\r\n');
  await pair.blocked(1);
  t.equal(client.received.length, 0);
  client.close();
  later.close();
});
