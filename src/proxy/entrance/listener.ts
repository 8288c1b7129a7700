import { connect, createServer, type Server, type Socket } from 'node:net';
import { rm, stat } from 'node:fs/promises';
import type { AddressRange } from '../../config/address-range.js';
import { formatListenAddress, isTlsAddress, type ListenAddress } from '../../config/listen-address.js';
import type { Logger } from '../../log/logger.js';
import type { Refusals } from '../../log/refusals.js';
import { CLIENT_ERRORS } from '../../errors/error-table.js';
import { encodeError } from '../../resp/encode.js';
import type { TlsListenerOptions } from '../../tls/tls-server.js';
import { Client } from '../client/client.js';
import { disconnect } from '../client/disconnect.js';
import { endGently } from '../client/ending.js';
import type { Ends } from './peer-address.js';
import { ProxySenders } from './proxy-senders.js';
import { Reception } from './reception.js';
import type { Shard } from '../shard.js';
import { TlsEntrance } from './tls-entrance.js';

/** Pending connections the kernel keeps while the event loop is busy: a burst of reconnects must not be refused. */
const BACKLOG = 4096;

export interface ListenerOptions {
  readonly maxClients: number;
  /** For `tls://` addresses; null: there is none. */
  readonly tls: TlsListenerOptions | null;
  /** Who begins connections with a PROXY header; empty: nobody. */
  readonly proxyProtocolFrom: readonly AddressRange[];
  /** Time for all that comes before a connection is a client. */
  readonly handshakeTimeoutMs: number;
  readonly refusals: Refusals;
  readonly log: Logger;
}

/** Accepts application clients. */
export class Listener {
  readonly #shard: Shard;
  readonly #options: ListenerOptions;
  readonly #servers: Server[] = [];
  readonly #receptions: Reception[] = [];

  constructor(shard: Shard, options: ListenerOptions) {
    this.#shard = shard;
    this.#options = options;
  }

  /**
   * Listens on `address`. @returns the address in use, with the port that the system chose for port 0.
   * Rejects with the system's error (`EADDRINUSE`, `EACCES`, …).
   */
  async listen(address: ListenAddress): Promise<string> {
    const reception = this.#receptionFor(address);
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) => {
      if (this.#hasRoom(socket, isTlsAddress(address))) reception.receive(socket);
    });
    if (address.kind === 'unix') await removeStaleSocket(address.path);
    const place = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...place, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.#options.log.error({ err: error }, 'the application listener failed'));
    this.#servers.push(server);
    const bound = server.address();
    if (bound === null || typeof bound === 'string') return formatListenAddress(address);
    return formatListenAddress({ ...address, kind: 'tcp', host: bound.address, port: bound.port });
  }

  /** No new connections; those that are there go on. */
  stop(): void {
    for (const server of this.#servers) server.close();
  }

  /**
   * Ends every connection: idle ones at once, busy ones when they have their replies, all after `graceMs`.
   */
  async drain(graceMs: number): Promise<void> {
    this.stop();
    const { clients } = this.#shard;
    const deadline = performance.now() + graceMs;
    const pollMs = 5;
    while (clients.size > 0 && performance.now() < deadline) {
      for (const client of clients.values()) if (client.idle) disconnect(client, 'shutting-down', 'gently');
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    for (const client of clients.values()) {
      // The error must not be taken for a reply that is still to come.
      if (client.waitsFor === 'held' && client.outstanding === 0) client.failHeld('shutting-down');
      disconnect(client, 'shutting-down', 'at-once');
    }
    for (const reception of this.#receptions) reception.close();
  }

  #receptionFor(address: ListenAddress): Reception {
    const { tls, proxyProtocolFrom, handshakeTimeoutMs, refusals } = this.#options;
    if (isTlsAddress(address) && tls === null) throw new TypeError('a tls:// address without a certificate');
    const reception = new Reception({
      proxies: proxyProtocolFrom.length === 0 ? null : new ProxySenders(proxyProtocolFrom),
      tls: isTlsAddress(address) && tls !== null ? new TlsEntrance(tls) : null,
      timeoutMs: handshakeTimeoutMs,
      refusals,
      admit: (socket, ends) => this.#admit(socket, ends),
    });
    this.#receptions.push(reception);
    return reception;
  }

  /** Those who are still shaking hands count: a place is a place. */
  #hasRoom(socket: Socket, encrypted: boolean): boolean {
    let taken = this.#shard.clients.size;
    for (const reception of this.#receptions) taken += reception.waiting;
    if (taken < this.#options.maxClients) return true;
    this.#shard.stats.errors['max-clients']++;
    socket.on('error', () => undefined);
    // To say it in TLS would cost the handshake that there is no room for; a server does not say it either.
    if (encrypted) socket.destroy();
    else {
      socket.write(encodeError(CLIENT_ERRORS['max-clients']));
      endGently(socket);
    }
    return false;
  }

  #admit(socket: Socket, ends: Ends): void {
    const { clients } = this.#shard;
    const client = new Client(socket, this.#shard, ends);
    clients.set(client.id, client);
    this.#shard.stats.accepted++;
  }
}

/** A process that was killed leaves its socket file behind, and nobody could listen there again. One that answers stays. */
async function removeStaleSocket(path: string): Promise<void> {
  const answered = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
  if (!answered && (await stat(path).catch(() => null))?.isSocket() === true) await rm(path, { force: true });
}
