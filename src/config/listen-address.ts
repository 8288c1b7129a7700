import { formatNodeId } from './node-address.js';

/** Where Holdfast itself listens. Port 0 takes any free port. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** The longest path that `bind` takes on Linux (`sun_path` without its final zero). */
const MAX_UNIX_PATH_BYTES = 107;

/**
 * Reads `host:port`, `[v6]:port`, `:port` (all addresses) or `unix:/path`.
 *
 * @returns `null` when the text is not an address; the caller names the setting it came from.
 */
export function parseListenAddress(text: string): ListenAddress | null {
  const path = /^unix:(.+)$/.exec(text)?.[1];
  if (path !== undefined) {
    return Buffer.byteLength(path) <= MAX_UNIX_PATH_BYTES ? { kind: 'unix', path } : null;
  }
  const match = /^(?:\[([^\]\s]+)\]|([^:\s[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const host = (match[1] ?? match[2] ?? '').toLowerCase();
  const port = Number(match[3]);
  if (port > 65_535) return null;
  // As in Redis' own `bind`: no host means all of them, IPv6 included.
  return { kind: 'tcp', host: host === '' ? '::' : host, port };
}

/** The spelling that {@link parseListenAddress} reads. */
export function formatListenAddress(address: ListenAddress): string {
  return address.kind === 'unix' ? `unix:${address.path}` : formatNodeId(address.host, address.port);
}

/** `127.0.0.0/8`, `::1` and `localhost`: nobody from outside gets there. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** `0.0.0.0` and `::` take the port on every address of the machine. */
export function isWildcardHost(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
