import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { loadConfig } from '../../../src/config/load.js';
import { parseNodeId } from '../../../src/config/node-address.js';
import { WorkerPool } from '../../../src/fleet/worker-pool.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { RecordingLog } from '../../unit/admin/recording-log.js';

const TIMES = {
  watch: { everyMs: 50, answerMs: 500, silencesMax: 3 },
  restart: { minMs: 20, maxMs: 40, longLifeMs: 60_000 },
};

/** Two real workers, in front of a real server; their coordinator is this process, with times of its own. */
async function startPool(t: Test) {
  const server = await RedisServer.start();
  const { config } = loadConfig({
    flags: { nodes: [server.id], listen: ['127.0.0.1:0'], workers: '2', logLevel: 'error' },
    environment: {},
    file: null,
    readText: (path) => readFileSync(path, 'utf8'),
  });
  const log = new RecordingLog();
  const pool = new WorkerPool(config, log, () => performance.now(), TIMES);
  t.teardown(async () => {
    pool.stop();
    await pool.drain(0);
    await pool.close();
    await server.dispose();
  });
  await pool.fleet.serve(server.id);
  const port = parseNodeId(await pool.listen(0))?.port ?? 0;
  const clients = new Map<string, RawClient>();
  /** The processes that have served under this number, the first one first. */
  const processesOf = (worker: string): readonly number[] =>
    log.lines
      .filter(({ message, fields }) => message === 'a worker serves' && valueOf(fields, 'worker') === worker)
      .map(({ fields }) => Number(valueOf(fields, 'workerPid')));
  const processOf = (worker: string, life: number): Promise<number> =>
    until(`worker ${worker} serves for the ${life}. time`, () => processesOf(worker)[life - 1]);
  /** A client of worker 1 and one of worker 2. */
  const clientOfEach = (): Promise<readonly [RawClient, RawClient]> =>
    until('each worker has a client', async () => {
      const client = await RawClient.connect({ host: '127.0.0.1', port });
      t.teardown(() => client.close());
      clients.set(await client.call('CLIENT', 'ID'), client);
      const found = new Map((await pool.view.clients()).map(({ id, worker }) => [worker, clients.get(`:${id}\r\n`)]));
      const [one, two] = [found.get('1'), found.get('2')];
      return one !== undefined && two !== undefined && ([one, two] as const);
    });
  return { log, processOf, clientOfEach };
}

const valueOf = (fields: object, name: string): unknown => new Map<string, unknown>(Object.entries(fields)).get(name);

void t.test('a worker that stands still is ended and started anew: its clients wait for nothing', async (t) => {
  const { log, processOf, clientOfEach } = await startPool(t);
  const [frozen, other] = await clientOfEach();
  process.kill(await processOf('1', 1), 'SIGSTOP');
  const late = frozen.call('INCR', 'n').catch(() => 'ended');
  t.equal(await other.call('INCR', 'n'), ':1\r\n', 'the other one goes on');
  t.equal(await late, 'ended');
  await processOf('1', 2);
  const ends = log.lines.filter(({ message }) => message === 'a worker is ended: it stands still');
  t.same(
    ends.map(({ fields }) => fields),
    [{ worker: '1' }],
  );
  const [one, two] = await clientOfEach();
  t.equal(await one.call('INCR', 'n'), ':2\r\n');
  t.equal(await two.call('INCR', 'n'), ':3\r\n');
});

void t.test('each worker that ends soon is waited for twice as long as the one before', async (t) => {
  const { log, processOf } = await startPool(t);
  for (const life of [1, 2, 3]) process.kill(await processOf('2', life), 'SIGKILL');
  await processOf('2', 4);
  const waits = log.lines.flatMap(({ fields }) => valueOf(fields, 'restartMs') ?? []);
  t.same(waits, [20, 40, 40]);
});
