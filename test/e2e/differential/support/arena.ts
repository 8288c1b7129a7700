import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Client } from '../../../../src/proxy/client/client.js';
import { HoldfastInProcess } from '../../../support/holdfast-in-process.js';
import { encodeCommand, RawClient } from '../../../support/raw-client.js';
import { RedisServer, type RedisServerOptions } from '../../../support/redis-server.js';
import { startShard, type Shard } from '../../../support/shard.js';
import { until } from '../../../support/until.js';

/** One megabyte for a value is enough, and keeps a `SETRANGE k 500000000 x` from taking half a gigabyte twice. */
const MAX_BULK_BYTES = 1024 * 1024;

const SERVER: RedisServerOptions = {
  databases: 4,
  // The harness speaks as a user of its own, so that what a sequence does to the default user does not reach it.
  users: ['control on nopass ~* &* +@all'],
  config: {
    'proto-max-bulk-len': String(MAX_BULK_BYTES),
    // What was slow depends on the machine.
    'slowlog-log-slower-than': '-1',
    'latency-tracking': 'no',
  },
};

/** A connection that is not let go within this time never is. */
const CLEAN_UP_MS = 1000;

/** Brings a server back to where it began; what is not named here a sequence does not change. */
const CLEAN_UP = [
  'FLUSHALL',
  'SCRIPT FLUSH',
  'FUNCTION FLUSH',
  'ACL DELUSER u1 u2',
  'ACL LOG RESET',
  'CONFIG RESETSTAT',
  'CONFIG SET notify-keyspace-events  hash-max-listpack-entries 128 list-max-listpack-size -2 set-max-intset-entries 512 maxmemory-samples 5',
].map((line) => encodeCommand(...line.split(' ')));

/** A line of CLIENT LIST about a connection that could serve anybody, or one between master and replica. */
const STATELESS = / flags=[SM] | flags=N .* sub=0 psub=0 ssub=0 multi=-1 .* redir=-1 /;

/** Two servers that start equal, one of them behind Holdfast; with `moving` that one is a shard whose master moves. */
export class Arena {
  readonly direct: RedisServer;
  readonly holdfast: HoldfastInProcess;
  readonly #shard: Shard;
  #master: RedisServer;
  readonly #directControl: RawClient;
  #behindControl: RawClient;

  private constructor(
    direct: RedisServer,
    shard: Shard,
    holdfast: HoldfastInProcess,
    controls: readonly [RawClient, RawClient],
  ) {
    this.direct = direct;
    this.holdfast = holdfast;
    this.#shard = shard;
    this.#master = shard.master;
    [this.#directControl, this.#behindControl] = controls;
  }

  /** @param lanes for each identity, behind Holdfast. */
  static async start(moving: boolean, lanes: number): Promise<Arena> {
    const [direct, shard] = await Promise.all([
      RedisServer.start(SERVER),
      startShard({ ...SERVER, replicas: moving ? 1 : 0 }),
    ]);
    const holdfast = await HoldfastInProcess.start(shard.master.id, { maxRequestBytes: MAX_BULK_BYTES, lanes });
    return new Arena(direct, shard, holdfast, [await control(direct), await control(shard.master)]);
  }

  async stop(): Promise<void> {
    this.#directControl.close();
    this.#behindControl.close();
    await this.holdfast.stop();
    await Promise.all([this.direct.dispose(), this.#shard.dispose()]);
  }

  /**
   * Forgets the sequence that was. Its connections must be closed.
   *
   * @returns the connections of Holdfast that are still in some state, though no client is there; they are ended.
   */
  async clean(): Promise<readonly string[]> {
    // A write that a pause holds up is let go before its client is.
    await Promise.all([this.#directControl, this.#behindControl].map((each) => each.call('CLIENT', 'UNPAUSE')));
    this.holdfast.shard.clientPause.end();
    const stuck = await this.#letClientsGo();
    // What the sequence left blocked must be gone before anything is pushed to it.
    await Promise.all([this.settleDirect(), twice(this.#behindControl)]);
    // Neither Holdfast nor a replica may bring back the scripts of another sequence.
    this.holdfast.shard.scripts.flushed(this.#master.id, null);
    const replicas = this.#shard.servers.filter((server) => server !== this.#master);
    await Promise.all(replicas.map((server) => server.send('SCRIPT', 'FLUSH')));
    for (const each of [this.#directControl, this.#behindControl]) each.send(Buffer.concat(CLEAN_UP));
    await Promise.all([this.#directControl, this.#behindControl].map((each) => each.replies(CLEAN_UP.length)));
    return [...stuck, ...(await this.#endLeftovers())];
  }

  /** Settles when Holdfast has noticed that its clients are gone. @returns those with which it never does. */
  async #letClientsGo(): Promise<readonly string[]> {
    const { clients } = this.holdfast.shard;
    await until('all clients are gone', () => clients.size === 0, CLEAN_UP_MS).catch(() => undefined);
    const stuck = [...clients.values()].map((client) => {
      const line = `a client that is gone waits for ${client.waitsFor} after ${client.lastCommand} with ${client.input.length} bytes`;
      client.destroy();
      return line;
    });
    await until('they are gone now', () => clients.size === 0);
    return stuck;
  }

  async #endLeftovers(): Promise<readonly string[]> {
    const left: string[] = [];
    for (const server of this.#shard.servers) {
      const client = server === this.#master ? this.#behindControl : await control(server);
      const list = (await client.call('CLIENT', 'LIST')).split('\n');
      for (const line of list.filter((each) => each.includes(' flags=') && !STATELESS.test(each))) {
        left.push(line);
        await client.call('CLIENT', 'KILL', 'ID', /id=(\d+)/.exec(line)?.[1] ?? '0');
      }
      if (client !== this.#behindControl) client.close();
    }
    return left;
  }

  /**
   * Everything that was sent to the direct server before has been answered, as far as it can be. The server reads all
   * that is there in one turn and writes all replies before the next; so two round trips of another connection suffice.
   */
  async settleDirect(): Promise<void> {
    await twice(this.#directControl);
    await nextTurn();
  }

  /** The calls that wait for a limited time on the direct server are over. */
  async waitsOver(): Promise<void> {
    await until('no call waits for a limited time', async () => {
      this.#directControl.send(encodeCommand('INFO', 'clients'));
      return /clients_in_timeout_table:0\r/.test((await this.#directControl.replies(1)).toString('latin1'));
    });
  }

  /** As {@link settleDirect}, for what is said through Holdfast: it has passed everything on, and the server has answered. */
  async settleBehind(clients: readonly RawClient[], patienceMs: number): Promise<void> {
    const ports = new Set(clients.map((client) => client.socket.localPort));
    // If it never does, replies are missing, and that is what is told.
    const passedOn = async (): Promise<boolean> => {
      await nextTurn();
      await nextTurn();
      const all = [...this.holdfast.shard.clients.values()];
      return all.every((client) => !ports.has(portOf(client.addr)) || isAtRest(client));
    };
    await until('Holdfast has passed everything on', passedOn, patienceMs).catch(() => undefined);
    await twice(this.#behindControl);
    await nextTurn();
    await nextTurn();
  }

  /** The ids of the connections with these local ports, in their order; 0 for one that is closed. */
  async directIds(ports: readonly number[]): Promise<readonly number[]> {
    // A connection is there for its client before the server has taken notice of it.
    await this.settleDirect();
    this.#directControl.send(encodeCommand('CLIENT', 'LIST'));
    const list = (await this.#directControl.replies(1)).toString('latin1');
    const byPort = new Map(
      [...list.matchAll(/id=(\d+) addr=\S*:(\d+) /g)].map(([, id, port]) => [Number(port), Number(id)]),
    );
    return ports.map((port) => byPort.get(port) ?? 0);
  }

  async behindIds(ports: readonly number[]): Promise<readonly number[]> {
    await nextTurn();
    await nextTurn();
    const byPort = new Map([...this.holdfast.shard.clients.values()].map((client) => [portOf(client.addr), client.id]));
    return ports.map((port) => byPort.get(port) ?? 0);
  }

  /** Makes the other server of the shard the master. */
  async move(): Promise<void> {
    const from = this.#master;
    const to = this.#shard.servers.find((server) => server !== from);
    if (to === undefined) throw new Error('this arena does not move');
    await this.holdfast.move(from, to);
    this.#master = to;
    this.#behindControl.close();
    this.#behindControl = await control(to);
    await this.#shard.inSync(to);
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** Nothing will happen to it by itself: it waits for its client, for others, or for the server. */
function isAtRest(client: Client): boolean {
  const { waitsFor } = client;
  return waitsFor === 'blocked' || waitsFor === 'held' || (waitsFor === 'nothing' && client.outstanding === 0);
}

async function control(server: RedisServer): Promise<RawClient> {
  const client = await RawClient.connect({ host: server.host, port: server.port });
  await client.call('AUTH', 'control', 'x');
  return client;
}

async function twice(client: RawClient): Promise<void> {
  await client.call('PING');
  await client.call('PING');
}
