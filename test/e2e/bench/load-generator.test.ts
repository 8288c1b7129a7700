import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { LoadGenerator } from '../../../bench/throughput/load-generator.js';
import type { Workload } from '../../../bench/throughput/workload.js';
import { RedisServer } from '../../support/redis-server.js';

const skip = spawnSync('cc', ['--version']).status === 0 ? false : 'there is no C compiler';

const WORKLOAD: Workload = { command: 'mixed', connections: 7, pipeline: 16, size: 64 };
const TIMES = { warmMs: 10, measureMs: 50 };

await t.test('the load generator', { skip }, async (t) => {
  const generator = LoadGenerator.compile();
  t.teardown(() => generator.remove());
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());

  async function calls(command: string): Promise<number> {
    const line = (await server.info('commandstats')).get(`cmdstat_${command}`) ?? 'calls=0,';
    return Number(/calls=(\d+),/.exec(line)?.[1]);
  }

  await t.test('a GET of a key that is not there is no measurement', async (t) => {
    await t.rejects(generator.run(server.port, WORKLOAD, TIMES), /a key is missing/);
  });

  await t.test('the server ran what is counted, four GETs with each SET', async (t) => {
    await generator.fill(server.port, WORKLOAD);
    await server.send('CONFIG', 'RESETSTAT');
    let edges = 0;
    const figures = await generator.run(server.port, WORKLOAD, { ...TIMES, onEdge: () => (edges += 1) });
    const [gets, sets] = [await calls('get'), await calls('set')];
    t.equal(edges, 2);
    t.ok(figures.requests > 0);
    t.ok(gets + sets >= figures.requests, `${gets} + ${sets} ran, ${figures.requests} were counted`);
    t.equal((gets + sets) % WORKLOAD.pipeline, 0, 'every request that was sent was taken to its end');
    // A connection may end anywhere in its fives.
    t.ok(Math.abs(gets - 4 * sets) <= 4 * WORKLOAD.connections, `${gets} GETs, ${sets} SETs`);
    t.ok(figures.p50Us <= figures.p99Us && figures.p99Us <= figures.p999Us);
    t.ok(figures.ownCpuUs > 0);
  });

  await t.test('large values, and replies in single bytes', async (t) => {
    const large: Workload = { command: 'get', connections: 2, pipeline: 3, size: 65_536 };
    await generator.fill(server.port, large);
    t.ok((await generator.run(server.port, large, TIMES)).requests > 0);

    const crumbs = createServer((client) => {
      const behind = connect({ host: '127.0.0.1', port: server.port });
      client.setNoDelay(true).pipe(behind);
      behind.on('data', (data: Buffer) => {
        for (const byte of data) client.write(Buffer.of(byte));
      });
      behind.on('error', () => client.destroy()).on('close', () => client.destroy());
      client.on('error', () => behind.destroy()).on('close', () => behind.destroy());
    }).listen(0, '127.0.0.1');
    await once(crumbs, 'listening');
    t.teardown(() => crumbs.close());
    const { port } = crumbs.address() as AddressInfo;
    const small: Workload = { command: 'mixed', connections: 2, pipeline: 5, size: 10 };
    await generator.fill(server.port, small);
    t.ok((await generator.run(port, small, TIMES)).requests > 0);
  });

  await t.test('a latency has the time in it that the reply took, and every reply is waited for', async (t) => {
    const DELAY_MS = 20;
    let leftBehind = 0;
    const slow = createServer((client) => {
      const behind = connect({ host: '127.0.0.1', port: server.port });
      let underWay = 0;
      client.on('data', (data: Buffer) => {
        underWay += 1;
        void delay(DELAY_MS).then(() => {
          underWay -= 1;
          behind.write(data);
        });
      });
      behind.pipe(client);
      client.on('error', () => behind.destroy());
      client.on('end', () => (leftBehind += underWay)).on('close', () => behind.destroy());
      behind.on('error', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const { port } = slow.address() as AddressInfo;
    const figures = await generator.run(port, { ...WORKLOAD, command: 'set' }, TIMES);
    // A timer may come up to a millisecond early, and a bucket is 0.8 % wide.
    t.ok(figures.p50Us > (DELAY_MS - 1) * 1e3 * 0.99, `p50 ${figures.p50Us} µs`);
    slow.close();
    await once(slow, 'close');
    t.equal(leftBehind, 0, 'requests whose client has gone');
  });

  await t.test('errors, and connections that end or are refused, end the run in their words', async (t) => {
    const closed = createServer((client) => client.resume().destroy()).listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    await t.rejects(generator.run(port, WORKLOAD, TIMES), /connection (broke|was closed)|cannot send/);
    closed.close();
    await once(closed, 'close');
    await t.rejects(generator.run(port, WORKLOAD, TIMES), /cannot connect/);

    await server.send('CONFIG', 'SET', 'requirepass', 'secret');
    await t.rejects(generator.run(server.port, WORKLOAD, TIMES), /the reply is an error: NOAUTH/);
  });
});
