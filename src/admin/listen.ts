import type { ListenOptions, Server } from 'node:net';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.js';

/**
 * Starts listening.
 *
 * @returns the address as the configuration spells it, with the port that the system chose. Rejects with the system's
 * error (`EADDRINUSE`, `EACCES`, …).
 */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  const options: ListenOptions =
    address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return formatListenAddress(address);
  return formatListenAddress({ ...address, kind: 'tcp', host: bound.address, port: bound.port });
}
