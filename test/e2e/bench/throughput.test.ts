import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { StartedContender, ThroughputContender } from '../../../bench/throughput/contender.js';
import { LoadGenerator } from '../../../bench/throughput/load-generator.js';
import type { ThroughputResult } from '../../../bench/throughput/publish.js';
import { runThroughput } from '../../../bench/throughput/run-throughput.js';
import { workloadsOf } from '../../../bench/throughput/workload.js';

const skip = spawnSync('cc', ['--version']).status === 0 ? false : 'there is no C compiler';

const direct: ThroughputContender = {
  name: 'direct',
  start: (port) => Promise.resolve({ port, pid: null, stop: () => Promise.resolve() }),
};

/** Passes bytes on, until a client comes that is one too many: then it breaks with all of them. */
function breaksAt(clients: number, starts: { count: number }): ThroughputContender {
  return {
    name: 'fragile',
    async start(serverPort): Promise<StartedContender> {
      starts.count += 1;
      let open = 0;
      const sockets = new Set<{ destroy(): unknown }>();
      const listener = createServer((client) => {
        const server = connect({ host: '127.0.0.1', port: serverPort });
        for (const socket of [client, server]) sockets.add(socket.on('error', () => {}));
        client.pipe(server).pipe(client);
        client.on('close', () => (open -= 1));
        open += 1;
        if (open >= clients) for (const socket of sockets) socket.destroy();
      }).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      return {
        port: (listener.address() as AddressInfo).port,
        pid: process.pid,
        async stop() {
          for (const socket of sockets) socket.destroy();
          listener.close();
          await once(listener, 'close');
        },
      };
    },
  };
}

await t.test('a contender that fails a workload is started anew, and the others go on', { skip }, async (t) => {
  const generator = LoadGenerator.compile();
  t.teardown(() => generator.remove());
  const matrix = { connections: [1, 8, 2], pipelines: [1], sizes: [64], commands: ['mixed'] } as const;
  const starts = { count: 0 };
  const seen: string[] = [];
  await runThroughput(
    [breaksAt(5, starts), direct],
    { workloads: workloadsOf(matrix), rounds: 2, warmMs: 0, measureMs: 5, cores: null, endMs: Infinity },
    generator,
    {
      workload: (round, { connections }) => seen.push(`round ${round}, ${connections}:`),
      outcome: ({ name }, _, outcome) => {
        if ('sample' in outcome) t.equal(outcome.sample.cpuUs === null, name === 'direct', 'CPU of a proxy alone');
        const line = seen.pop() ?? '';
        seen.push(`${line}${line.endsWith(':') ? '' : ','} ${name} ${'sample' in outcome ? 'measured' : 'failed'}`);
      },
    },
  );
  t.same(seen, [
    'round 1, 1: fragile measured, direct measured',
    'round 1, 8: fragile failed, direct measured',
    'round 1, 2: fragile measured, direct measured',
    'round 2, 1: direct measured, fragile measured',
    'round 2, 8: direct measured, fragile failed',
    'round 2, 2: direct measured, fragile measured',
  ]);
  t.equal(starts.count, 4, 'once for each round and once after each failure');
});

await t.test('a contender that can not do anything is left out after a while', { skip }, async (t) => {
  const generator = LoadGenerator.compile();
  t.teardown(() => generator.remove());
  let starts = 0;
  const hopeless: ThroughputContender = {
    name: 'hopeless',
    start: () => {
      starts += 1;
      return Promise.reject(new Error('it does not start'));
    },
  };
  const matrix = { connections: [1, 2, 3, 4, 5, 6, 7], pipelines: [1], sizes: [64], commands: ['set'] } as const;
  const failures: string[] = [];
  await runThroughput(
    [hopeless],
    { workloads: workloadsOf(matrix), rounds: 1, warmMs: 0, measureMs: 5, cores: null, endMs: Infinity },
    generator,
    { workload: () => undefined, outcome: (_, __, outcome) => 'failure' in outcome && failures.push(outcome.failure) },
  );
  t.equal(failures.length, 7, 'every workload has an outcome');
  t.equal(starts, 5);
});

await t.test('nothing begins after the end', { skip }, async (t) => {
  const generator = LoadGenerator.compile();
  t.teardown(() => generator.remove());
  const matrix = { connections: [1], pipelines: [1], sizes: [64], commands: ['set', 'get'] } as const;
  let begun = 0;
  await runThroughput(
    [direct],
    { workloads: workloadsOf(matrix), rounds: 3, warmMs: 0, measureMs: 5, cores: null, endMs: performance.now() },
    generator,
    { workload: () => (begun += 1), outcome: () => t.fail('a run') },
  );
  t.equal(begun, 0);
});

await t.test('the command measures, says what it found, and writes its files', { skip }, async (t) => {
  const directory = t.testdir();
  const program = fileURLToPath(new URL('../../../bench/throughput.js', import.meta.url));
  const cell = ['--connections=50', '--pipelines=16', '--sizes=64', '--commands=get,mixed'];
  const few = ['--contenders=direct,naive-node,holdfast', '--rounds=1', '--warm=0', '--measure=20'];
  const child = spawn(process.execPath, [program, ...cell, ...few, '--json', '--save'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const result = JSON.parse(stdout) as ThroughputResult;
  t.same(
    result.figures.map(({ contender, workload }) => `${contender} ${workload.command}`),
    ['direct get', 'naive-node get', 'holdfast get', 'direct mixed', 'naive-node mixed', 'holdfast mixed'],
  );
  for (const { contender, medians, failures } of result.figures) {
    t.same(failures, []);
    t.ok(medians !== null && medians.perSecond > 0 && medians.p999Us >= medians.p50Us);
    t.equal(medians?.cpuUs === null, contender === 'direct');
  }
  t.match(stderr, /GET 64 B, 50 connections, pipeline 16: direct \d+\/s naive-node \d+\/s holdfast \d+\/s/);

  const written = join(directory, 'bench', 'results', 'throughput');
  t.ok(readdirSync(written).includes('overview-throughput.svg'));
  t.same(JSON.parse(readFileSync(join(written, 'figures.json'), 'utf8')), result);
  const report = readFileSync(join(written, 'README.md'), 'utf8');
  t.match(report, '| throughput, direct = 1; 50 connections, pipeline 16 | ≥ 0.8 | 64 B: GET');
  for (const [, name = ''] of report.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
    t.ok(readdirSync(written).includes(name), name);
});
