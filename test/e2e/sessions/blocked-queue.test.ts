import t, { type Test } from 'tap';
import { decodeReply } from '../../../src/resp/decode.js';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { Consumer, difference, Producers } from './support/queue.js';

const ROUNDS = scaled(25, 50);

type ElementsOf = (reply: unknown) => readonly string[];

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
/** `[key, element, …]`: the second word. */
const second: ElementsOf = (reply) => texts(reply).slice(1, 2);
const itself: ElementsOf = (reply) => [String(reply)];
/** `[key, [element, …]]` */
const listed: ElementsOf = (reply) => texts(Array.isArray(reply) ? reply[1] : null);
/** `[key, [[member, score], …]]` */
const scored: ElementsOf = (reply) =>
  (Array.isArray(reply) && Array.isArray(reply[1]) ? (reply[1] as readonly unknown[]) : []).map(
    (pair) => texts(pair)[0] ?? '',
  );

const LISTS: readonly (readonly [string, ElementsOf])[] = [
  ['BLPOP queue 0', second],
  ['BRPOP nothing queue 0', second],
  ['BLMOVE queue done LEFT RIGHT 0', itself],
  ['BRPOPLPUSH queue done 0', itself],
  ['BLMPOP 0 2 nothing queue LEFT COUNT 2', listed],
];
const SETS: readonly (readonly [string, ElementsOf])[] = [
  ['BZPOPMIN queue 0', second],
  ['BZPOPMAX nothing queue 0', second],
  ['BZMPOP 0 1 queue MIN COUNT 2', scored],
];

/** Consumers of all kinds at one queue, producers, and switchovers all the time. */
async function workThrough(t: Test, kinds: typeof LISTS, add: (element: string) => readonly string[]): Promise<void> {
  const stage = await startStage(t, { replicas: 1 });
  const consumers: Consumer[] = [];
  for (let at = 0; at < 20; at++) {
    const kind = kinds[at % kinds.length];
    if (kind === undefined) continue;
    consumers.push(new Consumer(await stage.holdfast.client(), kind[0].split(' '), kind[1]));
  }
  for (const consumer of consumers) consumer.start();
  const producers = new Producers();
  await producers.start(stage, 5, (client, element) => client.call(...add(element)));
  const got = (): readonly string[] => consumers.flatMap((consumer) => consumer.got);
  await switchRounds(t, stage, ROUNDS, async (round) => {
    await until('the queue goes on', () => got().length >= round * 3);
  });
  await producers.stop();
  await until('every element has been taken', () => got().length >= producers.added.length);
  t.same(difference(producers.added, got()), [], `${producers.added.length} elements, each exactly once`);
  t.same(
    consumers.flatMap(({ complaints }) => complaints),
    [],
    'no consumer saw an error or its end',
  );
  t.same(producers.complaints, [], 'no producer saw an error');
  t.ok(
    consumers.every((consumer) => consumer.got.length > 0),
    'everybody had something to do',
  );
  t.equal(await stage.client.call('EXISTS', 'queue'), ':0\r\n', 'nothing is left');
  const moved = consumers.filter(({ words }) => words.includes('done')).flatMap((consumer) => consumer.got);
  const done = decodeReply(Buffer.from(await stage.client.call('LRANGE', 'done', '0', '-1'), 'latin1'));
  t.same(difference(moved, texts(done)), [], 'what was moved to another list is there, once');
}

t.test('a list as a queue delivers each element once over fifty switchovers', async (t) => {
  await workThrough(t, LISTS, (element) => ['RPUSH', 'queue', element]);
});

t.test('a sorted set as a queue delivers each member once over fifty switchovers', async (t) => {
  await workThrough(t, SETS, (element) => ['ZADD', 'queue', element.replace('-', '.'), element]);
});
