import type { Server } from 'node:net';
import { formatNodeId } from '../config/node-address.js';

/** Where a listener of Holdfast stands: TCP or a Unix socket. Port 0 lets the system choose. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Starts listening.
 *
 * @returns the address as people write it (`127.0.0.1:6381`, `[::1]:6381`, a socket's path), with the port that the
 * system chose. Rejects with the system's error (`EADDRINUSE`, `EACCES`, …).
 */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...address }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return bound ?? '';
  return formatNodeId(bound.address, bound.port);
}
