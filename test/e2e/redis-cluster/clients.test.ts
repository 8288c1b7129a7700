import { resolve } from 'node:path';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import t from 'tap';
import { Companion } from '../clients/support/companion.js';
import { runProgram, skipWithout } from '../clients/support/program.js';
import { until } from '../../support/until.js';
import { startAnnouncedCluster } from './support/announced-cluster.js';

/** Debian's own: its packages are of no use to a Python that comes first on PATH. */
const PYTHON = '/usr/bin/python3';
const PROGRAM = resolve('test/e2e/redis-cluster/support/redis_py_cluster.py');

const KEYS = 30;
const { proxies, move, onlyProxiesAreConnected } = await startAnnouncedCluster(t);
const [root = ''] = proxies;
const [host = '', port = ''] = root.split(':');

/** Counts up keys of all slots, over and over, and notes what was acknowledged and what went wrong. */
class Counting {
  readonly acknowledged = new Map<string, number>();
  readonly errors: string[] = [];
  #rounds = 0;
  #isOver = false;
  readonly #loops: Promise<void>[];

  constructor(name: string, increment: (key: string) => Promise<unknown>) {
    this.#loops = Array.from({ length: KEYS }, (_, at) => this.#count(`${name}:${at}`, increment));
  }

  /** Settles when many more were acknowledged. */
  async step(): Promise<void> {
    const wanted = this.#rounds + 10 * KEYS;
    await until('it has counted on', () => this.#rounds >= wanted);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #count(key: string, increment: (key: string) => Promise<unknown>): Promise<void> {
    while (!this.#isOver) {
      try {
        await increment(key);
        this.acknowledged.set(key, (this.acknowledged.get(key) ?? 0) + 1);
        this.#rounds++;
      } catch (error) {
        this.errors.push(String(error));
        if (this.errors.length > KEYS) return;
      }
    }
  }
}

void t.test('ioredis', async (t) => {
  const cluster = new Cluster([{ host, port: Number(port) }]);
  const counting = new Counting('ioredis', (key) => cluster.incr(key));
  await counting.step();
  await move(t);
  await onlyProxiesAreConnected();
  await counting.step();
  await counting.stop();
  t.same(ofHoldfast(counting.errors), []);
  for (const [key, count] of counting.acknowledged) t.equal(Number(await cluster.get(key)), count, key);
  const known = cluster.nodes('all').map(({ options }) => `${options.host}:${options.port}`);
  t.same(known.sort(), [...proxies].sort());
  cluster.disconnect();
});

void t.test('node-redis', async (t) => {
  const cluster = createCluster({ rootNodes: [{ url: `redis://${root}` }] });
  cluster.on('error', (error: Error) => t.fail(error.message));
  await cluster.connect();
  const counting = new Counting('node-redis', (key) => cluster.incr(key));
  await counting.step();
  await move(t);
  await onlyProxiesAreConnected();
  await counting.step();
  await counting.stop();
  t.same(ofHoldfast(counting.errors), []);
  for (const [key, count] of counting.acknowledged) t.equal(Number(await cluster.get(key)), count, key);
  t.same(cluster.masters.map(({ address }) => address).sort(), [...proxies].sort());
  t.same(cluster.replicas, []);
  cluster.destroy();
});

void t.test('redis-cli -c', async (t) => {
  const keys = Array.from({ length: 100 }, (_, at) => `cli:${at}`);
  const run = (commands: readonly string[]) =>
    runProgram('redis-cli', ['--no-raw', '-c', '-h', host, '-p', port], { input: commands.join('\n') });
  const written = await run(keys.map((key) => `SET ${key} ${key}`));
  t.equal(written.stdout.match(/^OK$/gm)?.length, keys.length);
  const read = await run(keys.map((key) => `GET ${key}`));
  t.same(read.stdout.match(/(?<=^")cli:\d+/gm), keys);
  const places = (written.stdout + read.stdout).match(/(?<=located at )\S+/g) ?? [];
  t.same([...new Set(places)].sort(), [...proxies].sort(), 'it was sent from one proxy to another');
  const info = await runProgram('redis-cli', ['--cluster', 'info', root]);
  t.match(info.stdout, /\[OK\] \d+ keys in 3 masters\./);
  for (const proxy of proxies) t.ok(info.stdout.includes(proxy), proxy);
  await onlyProxiesAreConnected();
});

void t.test('redis-py', { skip: skipWithout(PYTHON, '-c', 'import redis.cluster') }, async (t) => {
  const application = new Companion(PYTHON, [PROGRAM, port]);
  await application.step();
  await move(t);
  await application.step();
  await onlyProxiesAreConnected();
  await application.step();
  const { counts, errors, nodes } = (await application.finish()) as {
    readonly counts: Readonly<Record<string, number>>;
    readonly errors: readonly string[];
    readonly nodes: readonly string[];
  };
  t.same(ofHoldfast(errors), []);
  t.same(nodes, [...proxies].sort());
  const cluster = new Cluster([{ host, port: Number(port) }]);
  for (const [key, count] of Object.entries(counts)) t.equal(Number(await cluster.get(key)), count, key);
  cluster.disconnect();
});

/** Without what the servers say themselves when they do not hear each other in time, as on a machine that is too busy for them. */
function ofHoldfast(errors: readonly unknown[]): readonly unknown[] {
  return errors.filter((error) => !String(error).includes('CLUSTERDOWN'));
}
