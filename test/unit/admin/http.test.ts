import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import t, { type Test } from 'tap';
import { startHttpServer } from '../../../src/admin/http-server.js';
import { MetricsCollector } from '../../../src/admin/metrics-collector.js';
import { RawClient } from '../../support/raw-client.js';
import { DOWN, fakePorts, fakeReport, fakeStatus, MASTER, REPLICA } from './fake-ports.js';
import { RecordingLog } from './recording-log.js';

const BUILD = { version: '1.2.3' };

async function start(t: Test) {
  const { ports, shard } = fakePorts();
  const log = new RecordingLog();
  const metrics = new MetricsCollector(BUILD);
  metrics.watch(ports);
  const app = { listening: true };
  const server = await startHttpServer({
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    ports,
    metrics,
    build: BUILD,
    log,
    isListening: () => app.listening,
  });
  t.teardown(() => server.close());
  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://${server.address}${path}`, init);
  return { shard, log, app, server, get };
}

await t.test('liveness does not depend on the servers', async (t) => {
  const { get, shard, app } = await start(t);
  shard.master = null;
  app.listening = false;
  const response = await get('/healthz');
  t.equal(response.status, 200);
  t.equal(await response.text(), 'ok\n');
});

await t.test('readiness: listening, and a master is known', async (t) => {
  const { get, shard, app } = await start(t);
  t.equal((await get('/readyz')).status, 200);
  shard.master = null;
  shard.problem = 'two nodes say that they are masters';
  const none = await get('/readyz');
  t.equal(none.status, 503);
  t.equal(await none.text(), 'not ready: two nodes say that they are masters\n');
  shard.gateHolders = ['no-master'];
  t.equal((await get('/readyz')).status, 503, 'waiting for a master is not ready');
  shard.master = MASTER;
  app.listening = false;
  t.equal((await get('/readyz')).status, 503);
});

await t.test('readiness stays true while a switchover or an operator holds', async (t) => {
  const { get, shard } = await start(t);
  shard.gateHolders = ['switchover'];
  shard.status = fakeStatus({ state: 'promoting' });
  t.equal((await get('/readyz')).status, 200);
  shard.gateHolders = ['switchover', 'no-master'];
  t.equal((await get('/readyz')).status, 200, 'also in the moment in which the roles change');
  shard.gateHolders = ['hand'];
  t.equal((await get('/readyz')).status, 200);
});

await t.test('readiness does not come and go with the attempts of a failover', async (t) => {
  const { get, shard } = await start(t);
  shard.master = null;
  for (const holders of [['no-master'], ['no-master', 'switchover'], ['no-master']] as const) {
    shard.gateHolders = [...holders];
    t.equal((await get('/readyz')).status, 503);
  }
  shard.master = MASTER;
  t.equal((await get('/readyz')).status, 503, 'the new master has yet to answer');
  shard.gateHolders = [];
  t.equal((await get('/readyz')).status, 200);
});

await t.test('metrics are not written while a switchover holds; health is', async (t) => {
  const { get, shard } = await start(t);
  shard.gateHolders = ['switchover'];
  let isWritten = false;
  const metrics = get('/metrics').then((response) => {
    isWritten = true;
    return response.status;
  });
  t.equal((await get('/healthz')).status, 200);
  t.equal((await get('/readyz')).status, 200);
  t.notOk(isWritten);
  shard.gateHolders = ['hand'];
  t.equal(await metrics, 200);
});

await t.test('the status document has nodes, state and the last switchovers', async (t) => {
  const { get, shard } = await start(t);
  shard.history = Array.from({ length: 25 }, (_, index) => fakeReport({ id: `sw-${index}` }));
  const response = await get('/status.json?x=1');
  t.match(response.headers.get('content-type'), /^application\/json/);
  t.equal(response.headers.get('cache-control'), 'no-store');
  const status: unknown = await response.json();
  t.match(status, {
    master: MASTER,
    switchover: { state: 'serving' },
    nodes: [{ node: MASTER }, { node: REPLICA }, { node: DOWN }],
    traffic: { clients: { connected: 5 } },
    readiness: { ready: true },
    history: [{ id: 'sw-24' }, { id: 'sw-23' }],
  });
  t.match(status, { history: { length: 20 } });
});

await t.test('the status page needs nothing from elsewhere, and the policy lets its own parts run', async (t) => {
  const { get } = await start(t);
  const response = await get('/');
  const page = await response.text();
  t.equal(response.status, 200);
  t.notMatch(page.replaceAll('http://www.w3.org/2000/svg', ''), /https?:|<link|src=/);
  const policy = response.headers.get('content-security-policy') ?? '';
  for (const tag of ['script', 'style']) {
    const source = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? '';
    t.match(policy, `${tag}-src 'sha256-${createHash('sha256').update(source).digest('base64')}'`, tag);
  }
  t.notMatch(page, /innerHTML|outerHTML|insertAdjacentHTML|document\.write/, 'texts of servers can not become markup');
});

await t.test('other paths, methods and defects have their proper answers', async (t) => {
  const { get, shard, log } = await start(t);
  t.equal((await get('/nosuch')).status, 404);
  t.equal((await get('/metrics/')).status, 404);
  const post = await get('/metrics', { method: 'POST', body: 'x'.repeat(100_000) });
  t.equal(post.status, 405);
  t.equal(post.headers.get('allow'), 'GET, HEAD');
  const head = await get('/healthz', { method: 'HEAD' });
  t.equal(head.status, 200);
  t.equal(head.headers.get('content-length'), '3');
  t.equal(await head.text(), '');
  Object.defineProperty(shard, 'nodes', {
    get() {
      throw new Error('boom');
    },
  });
  const failed = await get('/status.json');
  t.equal(failed.status, 500);
  t.notMatch(await failed.text(), 'boom');
  t.equal(log.lines.filter((line) => line.level === 'error').length, 1);
  t.equal((await get('/healthz')).status, 200);
});

await t.test('metrics are served in the format of Prometheus', async (t) => {
  const { get } = await start(t);
  const response = await get('/metrics');
  t.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  t.match(await response.text(), /^holdfast_clients 5$/m);
});

await t.test('headers are bounded', async (t) => {
  const { server } = await start(t);
  const status = await new Promise((resolve, reject) => {
    const url = new URL(`http://${server.address}/healthz`);
    httpRequest(url, { headers: { 'x-long': 'x'.repeat(10_000) } }, (response) => resolve(response.statusCode))
      .on('error', reject)
      .end();
  });
  t.equal(status, 431);
});

await t.test('closing ends connections that are kept open', async (t) => {
  const { server } = await start(t);
  const [host = '', port] = server.address.split(':');
  const client = await RawClient.connect({ host, port: Number(port) });
  client.send('GET /healthz HTTP/1.1\r\n');
  await server.close();
  await client.ended();
  t.pass();
});
