import { connect, createServer, type Socket } from 'node:net';
import { rm, stat } from 'node:fs/promises';
import { formatListenAddress, isTlsAddress, type ListenAddress } from '../../config/listen-address.js';
import { CLIENT_ERRORS } from '../../errors/error-table.js';
import type { Logger } from '../../log/logger.js';
import { encodeError } from '../../resp/encode.js';
import { endGently } from '../client/ending.js';

/** Pending connections the kernel keeps while the event loop is busy: a burst of reconnects must not be refused. */
const BACKLOG = 4096;

/** An address at which applications connect. */
export interface Door {
  /** The address in use, with the port that the system chose for port 0. */
  readonly bound: string;
  /** No new connections; those that are there go on. */
  close(): void;
}

export interface DoorOptions {
  readonly address: ListenAddress;
  /** Nothing is read: another process will do that. */
  readonly paused: boolean;
  readonly log: Logger;
  readonly take: (socket: Socket) => void;
}

/** Listens, and hands out what connects. Rejects with the system's error (`EADDRINUSE`, `EACCES`, …). */
export async function openDoor({ address, paused, log, take }: DoorOptions): Promise<Door> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: paused }, take);
  if (address.kind === 'unix') await removeStaleSocket(address.path);
  const place = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...place, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => log.error({ err: error }, 'the application listener failed'));
  const at = server.address();
  const bound = at === null || typeof at === 'string' ? address : { ...address, host: at.address, port: at.port };
  return { bound: formatListenAddress(bound), close: () => server.close() };
}

/** Answers a connection for which there is no room. */
export function turnAway(socket: Socket, address: ListenAddress): void {
  socket.on('error', () => undefined);
  // To say it in TLS would cost the handshake that there is no room for; a server does not say it either.
  if (isTlsAddress(address)) {
    socket.destroy();
    return;
  }
  socket.write(encodeError(CLIENT_ERRORS['max-clients']));
  endGently(socket);
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
