import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseNodeId } from '../../src/config/node-address.js';
import { removeAtExit } from '../../test/support/child-processes.js';
import { freePort } from '../../test/support/free-port.js';
import { HoldfastProcess } from '../support/holdfast-process.js';
import { Program } from '../support/program.js';
import type { StartedContender, ThroughputContender } from './contender.js';

const direct: ThroughputContender = {
  name: 'direct',
  start: (serverPort) => Promise.resolve({ port: serverPort, pid: null, stop: () => Promise.resolve() }),
};

const holdfast = holdfastOf('holdfast');

/** Another build of Holdfast, to see what a change brought. @param dist what its `npm run build` made. */
export function beside(dist: string): ThroughputContender {
  return holdfastOf('beside', resolve(dist, 'src/main.js'));
}

function holdfastOf(name: string, main?: string): ThroughputContender {
  return {
    name,
    async start(serverPort, prefix) {
      const options = { nodes: [`127.0.0.1:${serverPort}`], prefix };
      const started = await HoldfastProcess.start(main === undefined ? options : { ...options, main });
      const port = parseNodeId(started.listen)?.port ?? 0;
      return { port, pid: started.pid, stop: () => started.stop() };
    },
  };
}

/** twemproxy with its defaults; it has one thread anyway. */
const twemproxy: ThroughputContender = {
  name: 'twemproxy',
  program: 'nutcracker',
  async start(serverPort, prefix) {
    const [port, statsPort] = [await freePort(), await freePort()];
    const config = [
      'shard:',
      `  listen: 127.0.0.1:${port}`,
      '  redis: true',
      '  hash: fnv1a_64',
      '  distribution: modula',
      '  servers:',
      `    - 127.0.0.1:${serverPort}:1`,
    ];
    return startWithFile(config, port, (file) =>
      [prefix, ['nutcracker', '-c', file, '-a', '127.0.0.1', '-s', String(statsPort), '-v', '0']].flat(),
    );
  },
};

/** HAProxy moving bytes: it knows nothing of Redis, so it is the least that a proxy can cost. */
const haproxy: ThroughputContender = {
  name: 'haproxy-tcp',
  program: 'haproxy',
  async start(serverPort, prefix) {
    const port = await freePort();
    const config = [
      'global',
      '  nbthread 1',
      '  maxconn 4000',
      'defaults',
      '  mode tcp',
      '  timeout connect 5s',
      '  timeout client 1h',
      '  timeout server 1h',
      'listen redis',
      `  bind 127.0.0.1:${port}`,
      `  server master 127.0.0.1:${serverPort}`,
    ];
    return startWithFile(config, port, (file) => [...prefix, 'haproxy', '-db', '-f', file]);
  },
};

/** Two sockets and two pipes: what Holdfast does beyond that is the difference to this. */
const naiveNode: ThroughputContender = {
  name: 'naive-node',
  async start(serverPort, prefix) {
    const port = await freePort();
    const file = fileURLToPath(new URL('./naive-proxy.js', import.meta.url));
    const program = await Program.start([...prefix, process.execPath, file, String(port), String(serverPort)], port);
    return { port, pid: program.pid, stop: () => program.stop() };
  },
};

/** In the order in which they take turns. */
export const THROUGHPUT_CONTENDERS: readonly ThroughputContender[] = [direct, twemproxy, haproxy, naiveNode, holdfast];

async function startWithFile(
  config: readonly string[],
  port: number,
  command: (file: string) => readonly string[],
): Promise<StartedContender> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  removeAtExit(directory);
  const file = join(directory, 'config');
  writeFileSync(file, `${config.join('\n')}\n`);
  const program = await Program.start(command(file), port);
  return {
    port,
    pid: program.pid,
    async stop() {
      await program.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
