import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { SwitchState } from '../../../src/switchover/ports.js';
import { grown, HeapCensus, totalOf } from '../../support/heap-census.js';
import { NO_PEAK_MEMORY, openDescriptors } from '../../support/peak-memory.js';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startShard } from '../../support/shard.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { Workload } from '../../workload/workload.js';
import { fakeReport } from '../../unit/admin/fake-ports.js';

/** Commands that go well between two switchovers. */
const BETWEEN = 25;
/** Until all that finds its size has found it. */
const WARM_UP = 10;
/** As many reports as are kept: from then on each one takes the place of another. */
const REPORTS = 100;
/** As many private links as are kept for the next client that wants one. */
const KEPT_LINKS = 64;
const KEPT_VIEWS = 256;
/** What comes and goes is fewer of a kind; what each switchover leaves behind is more. */
const LEFT_BEHIND = 30;

/** With a history that does not grow any more. */
function fullHistory(): SwitchState {
  const history = Array.from({ length: REPORTS }, (_, index) => fakeReport({ id: `before-${index}` }));
  return { version: 1, epoch: REPORTS, master: null, intent: null, history };
}

/** Settles when nobody is connected, and as many connections are kept as ever are. @returns descriptors. */
async function quiet(holdfast: ServeProcess): Promise<number> {
  const clients = await Promise.all(Array.from({ length: KEPT_LINKS }, () => holdfast.client()));
  for (const client of clients) await client.call('WATCH', 'anything');
  for (const client of clients) await client.call('UNWATCH');
  // Of short replies a view is kept for each length.
  for (let length = 0; length < KEPT_VIEWS; length++) await clients[0]?.call('ECHO', 'x'.repeat(length));
  for (const client of clients) client.close();
  let before = 0;
  let looks = 0;
  return until('nobody comes or goes', () => {
    const now = openDescriptors(holdfast.pid);
    looks = now === before ? looks + 1 : 0;
    before = now;
    return looks > 10 ? now : undefined;
  });
}

void t.test('switchovers under load leave nothing behind', { skip: NO_PEAK_MEMORY }, async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const census = new HeapCensus();
  t.teardown(() => census.dispose());
  const stateDir = mkdtempSync(join(tmpdir(), 'holdfast-memory-'));
  t.teardown(() => rmSync(stateDir, { recursive: true, force: true }));
  writeFileSync(join(stateDir, 'state.json'), JSON.stringify(fullHistory()));
  const flags = ['--preflight-timeout-ms=30000'];
  const holdfast = await ServeProcess.start({ nodes: shard.ids, stateDir, flags, environment: census.environment });
  t.teardown(() => holdfast.dispose());
  const target = { host: '127.0.0.1', port: holdfast.port };

  /** So many switchovers under clients of their own. @returns what is there when all is quiet again. */
  const move = async (rounds: number, seed: number) => {
    const workload = new Workload({ target, seed, prefix: `${seed}:`, deadlineMs: 60_000 });
    await switchRounds(t, { holdfast, shard }, rounds, () => workload.goesOn(BETWEEN));
    await workload.rest();
    t.same(workload.disconnects, []);
    return { descriptors: await quiet(holdfast), alive: await census.take(holdfast.pid) };
  };

  // What is kept is the same from now on, wherever a connection came from.
  await quiet(holdfast);
  const before = await move(WARM_UP, 1);
  const rounds = scaled(40, 1000);
  const after = await move(rounds, 2);
  t.equal(after.descriptors, before.descriptors, 'as many descriptors as before');
  t.comment(`alive: ${totalOf(before.alive)} before, ${totalOf(after.alive)} after ${rounds} switchovers`);
  const more = grown(before.alive, after.alive, LEFT_BEHIND);
  t.same(more, [], `after ${rounds} switchovers`);
});
