import { createHash } from 'node:crypto';
import t from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { TestCertificates } from '../../support/test-certificates.js';
import { until } from '../../support/until.js';

const CLIENTS = 4;
/** Sizes on both sides of what a block of an upstream, a TLS record and a read take. */
const SIZES = [1, 100, 4_000, 16_383, 16_385, 70_000];

/**
 * Writes blocks whose bytes can be told from any others, and reads them back, each batch in one write: if memory were
 * filled anew while it is still being encrypted, a value or a reply would be another's.
 */
class BlockWriter {
  batches = 0;
  acknowledged = 0;
  readonly faults: string[] = [];
  readonly #client: RawClient;
  readonly #name: string;
  #stopped = false;
  readonly #run: Promise<void>;

  constructor(client: RawClient, name: string) {
    this.#client = client;
    this.#name = name;
    this.#run = this.#writeOn();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
  }

  async #writeOn(): Promise<void> {
    while (!this.#stopped) {
      const batch = this.batches++;
      const values = SIZES.flatMap((size, at) => [
        block(`${this.#name} ${batch} ${at} a`, size),
        block(`b${batch}`, 20),
      ]);
      const requests = values.flatMap((value, at) => {
        const key = `${this.#name}:${at}`;
        return [encodeCommand('SET', key, value), encodeCommand('GET', key), encodeCommand('INCR', this.#name)];
      });
      const wanted = values.map((value, at) =>
        Buffer.concat([
          Buffer.from(`+OK\r\n$${value.length}\r\n`),
          value,
          Buffer.from(`\r\n:${batch * values.length + at + 1}\r\n`),
        ]),
      );
      this.#client.send(Buffer.concat(requests));
      const replies = await this.#client.replies(requests.length);
      this.acknowledged += values.length;
      if (!replies.equals(Buffer.concat(wanted))) this.faults.push(`${this.#name}, batch ${batch}`);
    }
  }
}

/** `size` bytes that nothing else in the test has. */
function block(seed: string, size: number): Buffer {
  const pattern = createHash('sha512').update(seed).digest();
  return Buffer.alloc(size, pattern);
}

t.test('the master moves, everything is encrypted, every byte is in its place', async (t) => {
  const certificates = new TestCertificates();
  t.teardown(() => certificates.remove());
  const stage = await startStage(t, { replicas: 1, tls: certificates });
  const { holdfast } = stage;
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => holdfast.client()));
  const writers = clients.map((client, at) => new BlockWriter(client, `writer${at}`));
  t.teardown(() => {
    for (const client of clients) client.close();
  });
  const master = await switchRounds(t, stage, scaled(10, 100), async () => {
    const until3 = writers.map(({ batches }) => batches + 3);
    await until('every client has written more', () =>
      writers.every(({ batches }, at) => batches >= (until3[at] ?? 0)),
    );
  });
  for (const writer of writers) await writer.stop();
  t.same(
    writers.flatMap(({ faults }) => faults),
    [],
  );
  for (const [at, { acknowledged }] of writers.entries()) {
    t.equal(Number(await master.send('GET', `writer${at}`)), acknowledged, 'acknowledged = counted');
  }
  t.equal(await holdfast.metric('holdfast_client_errors_total{code="outcome-unknown"}'), 0);
});
