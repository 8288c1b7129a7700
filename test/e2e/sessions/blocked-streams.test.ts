import t, { type Test } from 'tap';
import { decodeReply } from '../../../src/resp/decode.js';
import type { RawClient } from '../../support/raw-client.js';
import { startStage, type Stage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { Consumer, difference, Producers } from './support/queue.js';

const ROUNDS = 50;

type Entry = readonly [id: string, fields: readonly string[]];

const decoded = (reply: string): unknown => decodeReply(Buffer.from(reply, 'latin1'));

/** `[[stream, [[id, [field, value]], …]], …]` */
function entriesOf(reply: unknown): readonly Entry[] {
  if (!Array.isArray(reply)) return [];
  return (reply as readonly (readonly [string, readonly Entry[]])[]).flatMap(([, entries]) => entries);
}

const valuesOf = (reply: unknown): readonly string[] => entriesOf(reply).map(([, fields]) => fields[1] ?? '');

/** Reads a stream from `$` on, and then from one entry to the next, until its connection ends. */
class Reader {
  readonly got: string[] = [];
  readonly complaints: string[] = [];
  readonly #client: RawClient;
  #from = '$';

  constructor(client: RawClient) {
    this.#client = client;
  }

  start(): void {
    this.#follow().catch((error: unknown) => this.complaints.push(String(error)));
  }

  async #follow(): Promise<void> {
    for (;;) {
      const reply = decoded(await this.#client.call('XREAD', 'BLOCK', '0', 'STREAMS', 'queue', this.#from));
      if (reply instanceof Error) this.complaints.push(reply.message);
      const entries = entriesOf(reply);
      this.#from = entries.at(-1)?.[0] ?? this.#from;
      this.got.push(...entries.map(([, fields]) => fields[1] ?? ''));
    }
  }
}

async function blocked(stage: Stage, count: number): Promise<void> {
  await until(`${count} clients are blocked`, async () => {
    const counts = await Promise.all(stage.shard.servers.map((server) => server.info('clients')));
    return counts.reduce((sum, info) => sum + Number(info.get('blocked_clients')), 0) === count;
  });
}

/** Everybody who reads, and who adds, while the master goes round. */
async function goRound(
  t: Test,
  stage: Stage,
  readers: readonly (Reader | Consumer)[],
  enough: (producers: Producers) => boolean,
): Promise<Producers> {
  for (const reader of readers) reader.start();
  await blocked(stage, readers.length);
  const producers = new Producers();
  await producers.start(stage, 5, (client, element) => client.call('XADD', 'queue', '*', 'f', element));
  await switchRounds(t, stage, ROUNDS, async (round) => {
    await until('the stream goes on', () => producers.added.length >= round * 5);
  });
  await producers.stop();
  await until('everything has been read', () => enough(producers));
  t.same(
    readers.flatMap(({ complaints }) => complaints),
    [],
    'nobody saw an error or its end',
  );
  t.same(producers.complaints, [], 'no producer saw an error');
  return producers;
}

t.test('a reader that begins at $ misses no entry over fifty switchovers, and sees them in order', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const readers = await Promise.all(Array.from({ length: 8 }, async () => new Reader(await stage.holdfast.client())));
  await goRound(t, stage, readers, ({ added }) => readers.every(({ got }) => got.length >= added.length));
  const all = decoded(await stage.client.call('XRANGE', 'queue', '-', '+')) as readonly Entry[];
  const wanted = all.map(([, fields]) => fields[1] ?? '').join(' ');
  for (const reader of readers) t.equal(reader.got.join(' '), wanted, `${all.length} entries`);
});

t.test('a group hands each entry to exactly one consumer over fifty switchovers', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  await stage.client.call('XGROUP', 'CREATE', 'queue', 'g', '$', 'MKSTREAM');
  const consumers: Consumer[] = [];
  for (let at = 0; at < 20; at++) {
    const words = `XREADGROUP GROUP g c${at} COUNT ${1 + (at % 3)} BLOCK 0 STREAMS queue >`.split(' ');
    consumers.push(new Consumer(await stage.holdfast.client(), words, valuesOf));
  }
  const got = (): readonly string[] => consumers.flatMap((consumer) => consumer.got);
  const { added } = await goRound(t, stage, consumers, (producers) => got().length >= producers.added.length);
  t.same(difference(added, got()), [], `${added.length} entries, each exactly once`);
  const pending = decoded(await stage.client.call('XPENDING', 'queue', 'g')) as readonly unknown[];
  t.equal(pending[0], added.length, 'as many as the group says');
});
