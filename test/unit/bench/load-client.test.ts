import t, { type Test } from 'tap';
import { ClientHistory } from '../../../bench/load/client-history.js';
import { isClean } from '../../../bench/load/findings.js';
import { ClientFrames } from '../../../bench/load/frames.js';
import { judge } from '../../../bench/load/judge.js';
import { Ledger } from '../../../bench/load/ledger.js';
import { LoadClient } from '../../../bench/load/load-client.js';
import { monotonicMs } from '../../../bench/load/monotonic.js';
import { readBack } from '../../../bench/load/read-back.js';
import { startShard, type Shard } from '../../support/shard.js';
import { until } from '../../support/until.js';

const PREFIX = 'hf';

/** One whole round: twenty SETs with an INCR, an RPUSH and four GETs between them. */
const OPERATIONS = 26;
const READS = 4;

interface Following {
  readonly client: LoadClient;
  readonly ledger: Ledger;
  readonly history: ClientHistory;
  /** Where it connects from now on. */
  target: string;
}

/** A client that follows the master and is connected to `target`. It sends what a test lets it send, and no more. */
async function following(t: Test, target: string, readsOnly = false): Promise<Following> {
  const [ledger, history] = [new Ledger(monotonicMs()), new ClientHistory(0)];
  const parts = { ledger, history, frames: new ClientFrames(PREFIX, 0, 64), maxInFlight: OPERATIONS };
  const locate = (): Promise<string> => Promise.resolve(side.target);
  const client = new LoadClient({ ...parts, locate, follow: true, readsOnly });
  const side: Following = { client, ledger, history, target };
  t.teardown(() => client.close());
  client.connect();
  await until('the client is connected', () => client.isReady);
  return side;
}

async function shardOfTwo(t: Test): Promise<Shard & { readonly replicaId: string }> {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  return Object.assign(shard, { replicaId: shard.replicas[0]?.id ?? '' });
}

await t.test('what READONLY refused is tried again on the new master without any other reason to send', async (t) => {
  const shard = await shardOfTwo(t);
  const side = await following(t, shard.replicaId);
  side.target = shard.master.id;
  const dueMs = monotonicMs() - 5_000;
  side.client.send(OPERATIONS, () => dueMs);
  await until('all writes are acknowledged', () => side.ledger.acknowledgedWrites === OPERATIONS - READS);
  t.match(side.ledger, { errors: OPERATIONS - READS, reconnects: 1, disconnects: 0, unknown: 0 });
  t.ok(side.ledger.waits.quantile(0) >= 4_900, 'the wait of each counts from when it was due at first');
  t.equal(side.client.room, OPERATIONS, 'nothing is left to be tried');
  const [state] = await readBack(shard.master.id, PREFIX, 1);
  if (state === undefined) throw new Error('nothing was read back');
  t.match(state, { counter: 1, list: { length: 1 } }, 'each ran once');
  const findings = judge(side.history, state);
  // The GETs asked a replica that had none of the values, before any was acknowledged.
  t.ok(isClean(findings), JSON.stringify(findings));
});

await t.test('a node that goes on refusing is asked again and again, until it is the master', async (t) => {
  const shard = await shardOfTwo(t);
  const side = await following(t, shard.replicaId);
  side.client.send(1, monotonicMs);
  await until('it was refused several times', () => side.ledger.reconnects >= 3);
  t.equal(side.ledger.acknowledgedWrites, 0);
  await shard.server(shard.replicaId).send('REPLICAOF', 'NO', 'ONE');
  await until('it is acknowledged', () => side.ledger.acknowledgedWrites === 1);
  t.equal(side.ledger.errors, side.ledger.reconnects, 'one try for each connection');
});

await t.test('what a client writes that only reads from then on is no part of the rate', async (t) => {
  const shard = await shardOfTwo(t);
  for (const readsOnly of [true, false]) {
    const { client, ledger } = await following(t, shard.master.id, readsOnly);
    client.send(OPERATIONS, monotonicMs);
    await until('all is answered', () => client.unanswered === 0);
    t.match(ledger, { acknowledgedSets: readsOnly ? 0 : 20, errors: 0 });
    t.ok(ledger.acknowledgedWrites >= 20);
  }
});
