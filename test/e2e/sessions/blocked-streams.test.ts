import t from 'tap';
import type { RawClient } from '../../support/raw-client.js';
import { startStage } from '../../support/stage.js';
import { decoded, entriesOf, goRound, type Entry } from './support/stream.js';

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

t.test('a reader that begins at $ misses no entry over fifty switchovers, and sees them in order', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const readers = await Promise.all(Array.from({ length: 5 }, async () => new Reader(await stage.holdfast.client())));
  await goRound(t, stage, readers, ({ added }) => readers.every(({ got }) => got.length >= added.length));
  const all = decoded(await stage.client.call('XRANGE', 'queue', '-', '+')) as readonly Entry[];
  const wanted = all.map(([, fields]) => fields[1] ?? '').join(' ');
  for (const reader of readers) t.equal(reader.got.join(' '), wanted, `${all.length} entries`);
});
