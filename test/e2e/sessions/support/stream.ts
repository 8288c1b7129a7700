import type { Test } from 'tap';
import { decodeReply } from '../../../../src/resp/decode.js';
import { scaled } from '../../../support/scale.js';
import type { Stage } from '../../../support/stage.js';
import { switchRounds } from '../../../support/switch-rounds.js';
import { until } from '../../../support/until.js';
import { Producers } from './queue.js';

const ROUNDS = scaled(25, 50);

export type Entry = readonly [id: string, fields: readonly string[]];

export const decoded = (reply: string): unknown => decodeReply(Buffer.from(reply, 'latin1'));

/** `[[stream, [[id, [field, value]], …]], …]` */
export function entriesOf(reply: unknown): readonly Entry[] {
  if (!Array.isArray(reply)) return [];
  return (reply as readonly (readonly [string, readonly Entry[]])[]).flatMap(([, entries]) => entries);
}

export const valuesOf = (reply: unknown): readonly string[] => entriesOf(reply).map(([, fields]) => fields[1] ?? '');

async function blocked(stage: Stage, count: number): Promise<void> {
  await until(`${count} clients are blocked`, async () => {
    const counts = await Promise.all(stage.shard.servers.map((server) => server.info('clients')));
    return counts.reduce((sum, info) => sum + Number(info.get('blocked_clients')), 0) === count;
  });
}

/** Somebody who reads until his connection ends. */
interface Worker {
  readonly complaints: readonly string[];
  start(): void;
}

/** Everybody who reads, and who adds, while the master goes round. */
export async function goRound(
  t: Test,
  stage: Stage,
  readers: readonly Worker[],
  enough: (producers: Producers) => boolean,
): Promise<Producers> {
  for (const reader of readers) reader.start();
  await blocked(stage, readers.length);
  const producers = new Producers();
  await producers.start(stage, 5, (client, element) => client.call('XADD', 'queue', '*', 'f', element));
  await switchRounds(t, stage, ROUNDS, async (round) => {
    await until('the stream goes on', () => producers.added.length >= round * 3);
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
