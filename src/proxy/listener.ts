import { connect, createServer, type Server, type Socket } from 'node:net';
import { rm, stat } from 'node:fs/promises';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.js';
import type { Logger } from '../log/logger.js';
import { CLIENT_ERRORS } from '../errors/error-table.js';
import { encodeError } from '../resp/encode.js';
import { Client } from './client.js';
import type { Shard } from './shard.js';

/** Pending connections the kernel keeps while the event loop is busy: a burst of reconnects must not be refused. */
const BACKLOG = 4096;

/** Accepts application clients. */
export class Listener {
  readonly #shard: Shard;
  readonly #maxClients: number;
  readonly #log: Logger;
  readonly #servers: Server[] = [];

  constructor(shard: Shard, maxClients: number, log: Logger) {
    this.#shard = shard;
    this.#maxClients = maxClients;
    this.#log = log;
  }

  /**
   * Listens on `address`. @returns the address in use, with the port that the system chose for port 0.
   * Rejects with the system's error (`EADDRINUSE`, `EACCES`, …).
   */
  async listen(address: ListenAddress): Promise<string> {
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) =>
      this.#accept(socket),
    );
    if (address.kind === 'unix') await removeStaleSocket(address.path);
    const place = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...place, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.#log.error({ err: error }, 'the application listener failed'));
    this.#servers.push(server);
    const bound = server.address();
    if (bound === null || typeof bound === 'string') return formatListenAddress(address);
    return formatListenAddress({ kind: 'tcp', host: bound.address, port: bound.port });
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
      for (const client of clients.values()) if (client.idle) client.close();
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    for (const client of clients.values()) {
      if (client.waitsFor === 'held') client.failHeld('shutting-down');
      client.destroy();
    }
  }

  #accept(socket: Socket): void {
    const { clients } = this.#shard;
    if (clients.size >= this.#maxClients) {
      this.#shard.stats.errors['max-clients']++;
      socket.on('error', () => undefined);
      socket.end(encodeError(CLIENT_ERRORS['max-clients']));
      return;
    }
    const client = new Client(socket, this.#shard);
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
