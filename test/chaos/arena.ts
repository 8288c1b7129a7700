import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forget, removeAtExit } from '../support/child-processes.js';
import { FaultRelay } from '../support/faults/fault-relay.js';
import { RedisServer } from '../support/redis-server.js';
import { ServeProcess } from '../support/serve-process.js';
import { follow } from '../support/shard.js';
import { until } from '../support/until.js';

/** A server, and the way on which everybody reaches it but those who bypass Holdfast. */
export interface ArenaNode {
  readonly server: RedisServer;
  readonly relay: FaultRelay;
}

export interface ArenaOptions {
  readonly seed: number;
  /** More flags of `holdfast serve`. */
  readonly flags: readonly string[];
}

/**
 * A crash of the process loses nothing that was acknowledged: what the kernel has been given stays. (With `everysec` a slow
 * disk may put the write off.) So what is lost was lost by a switch.
 */
const SERVER_CONFIG = {
  appendonly: 'yes',
  appendfsync: 'no',
  'enable-debug-command': 'yes',
  // A background save that fails must not stop the writes.
  'stop-writes-on-bgsave-error': 'no',
};

const NODES = 3;

/** So that a fault can make its clock jump. */
const ENVIRONMENT = { NODE_OPTIONS: `--import=${new URL('faults/jumping-clock.js', import.meta.url).href}` };

/**
 * A shard, Holdfast, and a relay before each of them:
 *
 * ```
 *  clients ──entrance──▶ Holdfast ──relay of the node──▶ server ◀──relay of the node── other servers
 * ```
 */
export class Arena {
  readonly nodes: readonly ArenaNode[];
  /** The way from the clients to Holdfast. */
  readonly entrance: FaultRelay;
  /** Whether Holdfast replaces a dead master (`auto_failover`). */
  readonly failsOver: boolean;
  readonly #directory: string;
  readonly #flags: readonly string[];
  #holdfast: ServeProcess;

  private constructor(
    nodes: readonly ArenaNode[],
    entrance: FaultRelay,
    holdfast: ServeProcess,
    directory: string,
    flags: readonly string[],
  ) {
    this.nodes = nodes;
    this.entrance = entrance;
    this.#holdfast = holdfast;
    this.#directory = directory;
    this.#flags = flags;
    this.failsOver = flags.includes('--auto-failover');
  }

  /** Settles when Holdfast serves the shard and all replicas follow. */
  static async start({ seed, flags }: ArenaOptions): Promise<Arena> {
    const nodes = await startNodes(seed);
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-chaos-'));
    removeAtExit(directory);
    const holdfast = await ServeProcess.start({
      nodes: nodes.map(({ relay }) => relay.id),
      stateDir: directory,
      flags,
      environment: ENVIRONMENT,
    });
    const entrance = await FaultRelay.start({ host: '127.0.0.1', port: holdfast.port }, seed);
    return new Arena(nodes, entrance, holdfast, directory, flags);
  }

  get holdfast(): ServeProcess {
    return this.#holdfast;
  }

  get stateDir(): string {
    return this.#directory;
  }

  /** The node that Holdfast knows by that address. */
  node(id: string): ArenaNode {
    const found = this.nodes.find(({ relay }) => relay.id === id);
    if (found === undefined) throw new Error(`no node ${id} in this arena`);
    return found;
  }

  /** Ends the process by a signal; nobody listens at its door then. */
  endHoldfast(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.entrance.shut();
    this.#holdfast.signal(signal);
  }

  /** Starts another process in the place of the one that has ended; its clients come to the same door. */
  async restartHoldfast(): Promise<void> {
    const before = this.#holdfast;
    const nodes = this.nodes.map(({ relay }) => relay.id);
    this.#holdfast = await ServeProcess.launch({
      nodes,
      stateDir: this.#directory,
      flags: this.#flags,
      environment: ENVIRONMENT,
    });
    await this.#holdfast.listening();
    await this.entrance.open();
    this.entrance.aim({ host: '127.0.0.1', port: this.#holdfast.port });
    await before.dispose();
  }

  async dispose(): Promise<void> {
    await this.#holdfast.dispose();
    await this.entrance.close();
    await Promise.all(this.nodes.flatMap(({ server, relay }) => [server.dispose(), relay.close()]));
    rmSync(this.#directory, { recursive: true, force: true });
    forget(this.#directory);
  }
}

async function startNodes(seed: number): Promise<readonly ArenaNode[]> {
  const nodes = await Promise.all(
    Array.from({ length: NODES }, async (_, index) => {
      const server = await RedisServer.start({ config: SERVER_CONFIG });
      return { server, relay: await FaultRelay.start(server, seed * NODES + index) };
    }),
  );
  const [master] = nodes;
  if (master === undefined) throw new Error('an arena without nodes');
  for (const { server, relay } of nodes) {
    // So that the servers speak of each other by the addresses that Holdfast knows.
    await server.send('CONFIG', 'SET', 'replica-announce-ip', relay.host);
    await server.send('CONFIG', 'SET', 'replica-announce-port', String(relay.port));
    if (server === master.server) await server.send('CONFIG', 'REWRITE');
    else await follow(server, master.relay);
  }
  await Promise.all(
    nodes.map(({ server }) =>
      until(`${server.id} follows`, async () => {
        const info = await server.info('replication');
        return info.get('role') === 'master' || info.get('master_link_status') === 'up';
      }),
    ),
  );
  return nodes;
}
