import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeId } from '../../src/config/node-address.js';
import { removeAtExit } from '../../test/support/child-processes.js';
import { freePort } from '../../test/support/free-port.js';
import { until } from '../../test/support/until.js';
import { SENTINEL_MASTER_NAME } from '../load/settings.js';
import { connectTo } from '../support/node-client.js';
import { Program } from '../support/program.js';
import { hostAndPort } from './node-links.js';

/** As the documentation wants it: three, of which two must agree that a master is down. */
const SENTINELS = 3;
const QUORUM = 2;

/** A machine that is busy must not look like a dead master, and start a failover of its own. */
const DOWN_AFTER_MS = 30_000;

/** Three Sentinels that watch one shard, as processes. */
export class Sentinels {
  readonly ids: readonly NodeId[];
  readonly #programs: readonly Program[];
  readonly #directory: string;

  private constructor(ids: readonly NodeId[], programs: readonly Program[], directory: string) {
    this.ids = ids;
    this.#programs = programs;
    this.#directory = directory;
  }

  /** Settles when each of them knows the `replicas` of `master`, and the other Sentinels. */
  static async start(master: NodeId, replicas: number): Promise<Sentinels> {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-sentinels-'));
    removeAtExit(directory);
    const [ids, programs]: [NodeId[], Program[]] = [[], []];
    const sentinels = new Sentinels(ids, programs, directory);
    try {
      for (let number = 0; number < SENTINELS; number++) {
        const port = await freePort();
        const file = join(directory, `${number}.conf`);
        await writeFile(file, configText(port, directory, master));
        programs.push(await Program.start(['redis-sentinel', file], port));
        ids.push(`127.0.0.1:${port}`);
      }
      await Promise.all(ids.map((id) => knowsAll(id, replicas)));
      return sentinels;
    } catch (error) {
      await sentinels.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function configText(port: number, directory: string, master: NodeId): string {
  const name = SENTINEL_MASTER_NAME;
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    'daemonize no',
    `dir ${directory}`,
    'logfile ""',
    `sentinel monitor ${name} ${hostAndPort(master).join(' ')} ${QUORUM}`,
    `sentinel down-after-milliseconds ${name} ${DOWN_AFTER_MS}`,
    '',
  ].join('\n');
}

async function knowsAll(sentinel: NodeId, replicas: number): Promise<void> {
  const redis = await connectTo(sentinel);
  try {
    await until(`${sentinel} knows ${replicas} replicas and the other Sentinels`, async () => {
      const info = await redis.info('sentinel');
      return info.includes(`slaves=${replicas},sentinels=${SENTINELS}`);
    });
  } finally {
    redis.disconnect();
  }
}
