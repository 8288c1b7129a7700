import type { NodeId } from '../../src/config/node-address.js';
import { startShard } from '../../test/support/shard.js';
import type { RedisServer } from '../../test/support/redis-server.js';
import { until } from '../../test/support/until.js';
import type { Network } from '../network/network.js';
import { hostAndPort } from './node-links.js';

/** A shard whose nodes are reached over a {@link Network}, by everybody, each other included. */
export class StallShard {
  /** The first one is the master at the start. */
  readonly ids: readonly NodeId[];
  readonly network: Network;
  readonly #servers: readonly RedisServer[];

  private constructor(ids: readonly NodeId[], network: Network, servers: readonly RedisServer[]) {
    this.ids = ids;
    this.network = network;
    this.#servers = servers;
  }

  static async start(nodes: number, network: Network): Promise<StallShard> {
    const shard = await startShard({ replicas: nodes - 1 });
    const ids: NodeId[] = [];
    for (const { id } of shard.servers) ids.push(await network.reach(id));
    const stallShard = new StallShard(ids, network, shard.servers);
    try {
      await stallShard.#announceNodes();
      const master = stallShard.master;
      for (const replica of shard.replicas) await replica.send('REPLICAOF', ...hostAndPort(master));
      await stallShard.inSync(master);
      return stallShard;
    } catch (error) {
      await stallShard.dispose();
      throw error;
    }
  }

  get master(): NodeId {
    const [master] = this.ids;
    if (master === undefined) throw new Error('a shard without nodes');
    return master;
  }

  /** The node that comes after `node`, round and round. */
  after(node: NodeId): NodeId {
    return this.ids[(this.ids.indexOf(node) + 1) % this.ids.length] ?? node;
  }

  /** Settles when every other node follows `master` and has all that it has written until now. */
  async inSync(master: NodeId): Promise<void> {
    const written = Number((await this.#server(master).info('replication')).get('master_repl_offset'));
    await Promise.all(
      this.ids
        .filter((id) => id !== master)
        .map((id) => until(`${id} has caught up with ${master}`, () => this.#hasCaughtUp(id, master, written))),
    );
  }

  /** Makes `node` follow `master`. */
  async follow(node: NodeId, master: NodeId): Promise<void> {
    await this.#server(node).send('REPLICAOF', ...hostAndPort(master));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.dispose()));
  }

  /** FAILOVER TO and Sentinel know replicas by what these announce. */
  async #announceNodes(): Promise<void> {
    for (const id of this.ids) {
      const [host, port] = hostAndPort(id);
      await this.#server(id).send('CONFIG', 'SET', 'replica-announce-ip', host, 'replica-announce-port', port);
    }
  }

  async #hasCaughtUp(node: NodeId, master: NodeId, written: number): Promise<boolean> {
    const info = await this.#server(node).info('replication');
    const [, port] = hostAndPort(master);
    return (
      info.get('master_port') === port &&
      info.get('master_link_status') === 'up' &&
      Number(info.get('slave_repl_offset')) >= written
    );
  }

  #server(id: NodeId): RedisServer {
    const server = this.#servers[this.ids.indexOf(id)];
    if (server === undefined) throw new Error(`${id} is no node of this shard`);
    return server;
  }
}
