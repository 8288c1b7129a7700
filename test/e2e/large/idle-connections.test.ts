import t from 'tap';
import { IdleClients, openFilesLimit } from '../../../bench/connections/idle-clients.js';
import { NO_PEAK_MEMORY, PeakMemory } from '../../support/peak-memory.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { ServeProcess } from '../../support/serve-process.js';
import { until } from '../../support/until.js';

const KIB = 1024;
const MOST_BYTES_EACH = 12 * KIB;

const WARM_UP = 500;
const count = scaled(2000, 9000);
const cannot =
  openFilesLimit() < count + WARM_UP + 200
    ? `skipped: a process may open only ${openFilesLimit()} files here (ulimit -n)`
    : NO_PEAK_MEMORY;

t.test('idle connections are cheap, whatever they said before', { skip: cannot }, async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await ServeProcess.start({ nodes: [server.id] });
  t.teardown(() => holdfast.dispose());
  const clients = new IdleClients();
  t.teardown(() => clients.close());
  const says = ['HELLO 3', 'CLIENT SETNAME somebody', 'SELECT 1', 'GET none'];

  t.equal(await clients.open(holdfast.port, WARM_UP, says), WARM_UP);
  const memory = new PeakMemory(holdfast.pid);
  const before = memory.now;
  t.equal(await clients.open(holdfast.port, count, says), WARM_UP + count);
  const each = (memory.now - before) / count;
  t.ok(each <= MOST_BYTES_EACH, `${(each / KIB).toFixed(1)} KB for each of ${count}`);
  t.equal(await holdfast.metric('holdfast_clients'), WARM_UP + count);
  t.ok((await holdfast.metric('holdfast_upstreams{kind="lane"}')) <= 5, 'they share their lanes');

  await clients.close();
  await until('all are gone', async () => (await holdfast.metric('holdfast_clients')) === 0);
});
