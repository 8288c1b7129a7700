import type { Test } from 'tap';
import { encodeWords } from '../../../simulation/server/answer.js';
import { SimServer } from '../../../simulation/server/sim-server.js';
import { EventLoop } from '../../../simulation/world/event-loop.js';
import { Network } from '../../../simulation/world/network.js';
import { SimProcess } from '../../../simulation/world/sim-process.js';
import { frameEnd } from '../../../support/frame-end.js';
import { RawClient } from '../../../support/raw-client.js';
import { startShard } from '../../../support/shard.js';
import { until } from '../../../support/until.js';

/** A master and a replica, real or not, and whoever speaks to them. */
export interface Pair {
  /** How the nodes are called, for REPLICAOF. */
  readonly addresses: readonly [master: string, replica: string];
  /** Sends words to a node on a connection of that name. @returns the next `replies` replies there. */
  say(connection: string, node: 0 | 1, words: readonly string[], replies: number): Promise<string>;
  /** The next `replies` replies on it. */
  hear(connection: string, replies: number): Promise<string>;
  ended(connection: string): Promise<void>;
  /** Settles when the one has all that the other has. */
  inSync(): Promise<void>;
}

/** Real servers; gone when the test ends. */
export async function realPair(t: Test): Promise<Pair> {
  const shard = await startShard();
  t.teardown(() => shard.dispose());
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('a pair wants a replica');
  const servers = [shard.master, replica] as const;
  const clients = new Map<string, RawClient>();
  t.teardown(() => clients.forEach((client) => client.close()));
  const known = (connection: string): RawClient => {
    const client = clients.get(connection);
    if (client === undefined) throw new Error(`nobody is called ${connection}`);
    return client;
  };
  return {
    addresses: [servers[0].id, servers[1].id],
    async say(connection, node, words, replies) {
      const client = clients.get(connection) ?? (await RawClient.connect(servers[node]));
      clients.set(connection, client);
      client.send(encodeWords(words));
      // Those who wait must have come before others say something.
      if (replies === 0)
        await until('the server has it', async () => (await servers[node].info('clients')).has('blocked_clients'));
      return (await client.replies(replies)).toString();
    },
    hear: async (connection, replies) => (await known(connection).replies(replies)).toString(),
    async ended(connection) {
      await known(connection).ended();
    },
    async inSync() {
      await until('both have the same', async () => {
        const [one, two] = await Promise.all(servers.map((server) => server.info('replication')));
        const linked = [one, two].every(
          (info) => info?.get('role') === 'master' || info?.get('master_link_status') === 'up',
        );
        return linked && one?.get('master_repl_offset') === two?.get('master_repl_offset');
      });
    },
  };
}

/** The model of both, in a time of its own. */
export async function modelledPair(): Promise<Pair> {
  const loop = new EventLoop(1, () => undefined);
  const weather = { latencyMs: [0.1, 0.1] as const, spikes: 0, spikeMs: 0, slices: 0, slow: 0, windowBytes: 1_000_000 };
  const network = new Network(loop, weather);
  const servers = [1, 2].map((number) => new SimServer(`10.0.0.${number}:6379`, network, number));
  const [master, replica] = servers;
  if (master === undefined || replica === undefined) throw new Error('a pair is two');
  const client = new SimProcess('client', 9);
  const wait = (isThere: () => boolean): Promise<void> => loop.run(isThere);
  const connections = new Map<
    string,
    { readonly heard: Buffer[]; readonly send: (bytes: Buffer) => void; over: boolean }
  >();
  const inSync = (): Promise<void> =>
    wait(
      () =>
        servers.every(({ isMaster, upstream, loading }) => !loading && (isMaster || upstream.state === 'connected')) &&
        master.stream.offset === replica.stream.offset,
    );
  replica.follow(master.address);
  await inSync();
  const connect = (node: 0 | 1) => {
    const endpoint = network.connect(client, `10.0.0.${node + 1}:6379`);
    const connection = { heard: [] as Buffer[], send: (bytes: Buffer) => void endpoint.send(bytes), over: false };
    endpoint.events = {
      opened: () => undefined,
      data: (bytes) => void connection.heard.push(bytes),
      ended: () => (connection.over = true),
      failed: () => (connection.over = true),
      taken: () => undefined,
    };
    endpoint.reading = true;
    return connection;
  };
  const hear = async (name: string, replies: number): Promise<string> => {
    const heard = connections.get(name)?.heard ?? [];
    const endOf = (): number => {
      const bytes = Buffer.concat(heard);
      let end = 0;
      for (let left = replies; left > 0 && end >= 0; left--) end = frameEnd(bytes, end);
      return end;
    };
    await wait(() => endOf() >= 0);
    const end = endOf();
    const all = Buffer.concat(heard.splice(0));
    heard.push(all.subarray(end));
    return all.toString('latin1', 0, end);
  };
  return {
    addresses: [master.address, replica.address],
    async say(name, node, words, replies) {
      const connection = connections.get(name) ?? connect(node);
      connections.set(name, connection);
      connection.send(Buffer.from(encodeWords(words)));
      const at = loop.now;
      if (replies === 0) await wait(() => loop.now > at + 5);
      return hear(name, replies);
    },
    hear,
    ended: (name) => wait(() => connections.get(name)?.over === true),
    inSync,
  };
}
