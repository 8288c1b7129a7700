import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../src/log/logger.js';
import { Refusals } from '../../src/log/refusals.js';
import { Listener } from '../../src/proxy/entrance/listener.js';
import { Shard } from '../../src/proxy/shard.js';
import type { ShardOptions } from '../../src/proxy/shard-options.js';
import { Traffic } from '../../src/proxy/traffic.js';
import type { AddressRange } from '../../src/config/address-range.js';
import { parseNodeId } from '../../src/config/node-address.js';
import type { TlsListenerOptions } from '../../src/tls/tls-server.js';
import { RawClient, type RawTarget } from './raw-client.js';
import type { RedisServer } from './redis-server.js';
import { until } from './until.js';

export interface InProcessOptions extends Partial<Omit<ShardOptions, 'log' | 'now'>> {
  readonly maxClients?: number;
  readonly tls?: TlsListenerOptions;
  readonly handshakeTimeoutMs?: number;
  readonly proxyProtocolFrom?: readonly AddressRange[];
  readonly log?: Logger;
}

const ignore = (): void => undefined;
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** The data path in the test's own process: gate, lanes and listener, without control connections or a topology monitor. */
export class HoldfastInProcess {
  readonly shard: Shard;
  readonly traffic: Traffic;
  readonly target: RawTarget & { readonly port: number };
  readonly #listener: Listener;

  private constructor(shard: Shard, listener: Listener, port: number) {
    this.shard = shard;
    this.traffic = new Traffic(shard);
    this.#listener = listener;
    this.target = { host: '127.0.0.1', port };
  }

  /** Listens on a free port and serves `master`; `null`: no master is known, as at a start or in an outage. */
  static async start(master: string | null, options: InProcessOptions = {}): Promise<HoldfastInProcess> {
    const {
      maxClients = 10_000,
      tls = null,
      handshakeTimeoutMs = 10_000,
      proxyProtocolFrom = [],
      log = SILENT,
      ...shardOptions
    } = options;
    const shard = new Shard({
      connectTimeoutMs: 2000,
      outageHoldMs: 30_000,
      maxRequestBytes: 512 * 1024 * 1024,
      maxBufferedBytes: 512 * 1024 * 1024,
      clientOutputLimit: 256 * 1024 * 1024,
      nodes: [],
      nodeAuth: null,
      tlsTo: null,
      clusterMode: false,
      announcement: null,
      lanes: 'auto',
      laneIdleMs: 10_000,
      ...shardOptions,
      now: () => performance.now(),
      log,
    });
    const refusals = new Refusals(log, () => performance.now());
    const listener = new Listener(shard, { maxClients, tls, proxyProtocolFrom, handshakeTimeoutMs, refusals, log });
    const bound = await listener.listen({
      kind: 'tcp',
      host: '127.0.0.1',
      port: 0,
      ...(tls === null ? {} : { tls: true }),
    });
    const holdfast = new HoldfastInProcess(shard, listener, parseNodeId(bound.replace('tls://', ''))?.port ?? 0);
    if (master !== null) await shard.serve(master);
    return holdfast;
  }

  client(): Promise<RawClient> {
    return RawClient.connect(this.target);
  }

  /**
   * Moves the master with the steps of a real switchover and nothing else: hold, drain, fence, catch up, promote,
   * redirect, release, demote.
   *
   * @param held called while the gate is closed, before anything moves.
   * @param released called when the gate is open; the old master is still to be demoted.
   */
  async move(
    from: RedisServer,
    to: RedisServer,
    held: () => Promise<void> = () => Promise.resolve(),
    released: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const { traffic } = this;
    await traffic.prepare(to.id, 5000);
    traffic.hold();
    try {
      await traffic.drained(AbortSignal.timeout(10_000));
      await held();
      await from.send('CLIENT', 'PAUSE', '30000', 'WRITE');
      const written = Number((await from.info('replication')).get('master_repl_offset'));
      await until(`${to.id} has all that ${from.id} wrote`, async () => {
        return Number((await to.info('replication')).get('slave_repl_offset')) >= written;
      });
      await Promise.all([traffic.mark(1000), to.send('REPLICAOF', 'NO', 'ONE')]);
      traffic.redirect(to.id);
    } finally {
      traffic.release();
    }
    await released();
    await demote(from, to);
  }

  /** Ends everything; settles when the connections are really gone. */
  async stop(): Promise<void> {
    await this.#listener.drain(0);
    this.shard.destroy();
    while (this.shard.upstreams('lane') + this.shard.upstreams('private') > 0) await delay(1);
  }
}

/** Atomically, as a switch does it: no held writer runs in between. */
async function demote(from: RedisServer, to: RedisServer): Promise<void> {
  const client = await RawClient.connect({ host: from.host, port: from.port });
  try {
    await client.call('MULTI');
    await client.call('REPLICAOF', to.host, String(to.port));
    await client.call('CLIENT', 'UNPAUSE');
    await client.call('EXEC');
  } finally {
    client.close();
  }
}
