import { formatNodeId } from './node-address.js';

/** Where Holdfast itself listens. Port 0 takes any free port; `tls`: everything there is encrypted. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: true }
  | { readonly kind: 'unix'; readonly path: string };

/** The longest path that `bind` takes on Linux (`sun_path` without its final zero). */
const MAX_UNIX_PATH_BYTES = 107;

/**
 * Reads `host:port`, `[v6]:port`, `:port` (all addresses), the same behind `tls://`, or `unix:/path`.
 *
 * @returns `null` when the text is not an address; the caller names the setting it came from.
 */
export function parseListenAddress(text: string): ListenAddress | null {
  const path = /^unix:(.+)$/.exec(text)?.[1];
  if (path !== undefined) {
    return Buffer.byteLength(path) <= MAX_UNIX_PATH_BYTES ? { kind: 'unix', path } : null;
  }
  const match = /^(tls:\/\/)?(?:\[([^\]\s]+)\]|([^:\s[\]/]*)):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const host = (match[2] ?? match[3] ?? '').toLowerCase();
  const port = Number(match[4]);
  if (port > 65_535) return null;
  // As in Redis' own `bind`: no host means all of them, IPv6 included.
  return { kind: 'tcp', host: host === '' ? '::' : host, port, ...(match[1] === undefined ? {} : { tls: true }) };
}

/** The spelling that {@link parseListenAddress} reads. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${address.tls === true ? 'tls://' : ''}${formatNodeId(address.host, address.port)}`;
}

/** Whether everything on that address is encrypted. */
export function isTlsAddress(address: ListenAddress): boolean {
  return address.kind === 'tcp' && address.tls === true;
}

/** `127.0.0.0/8`, `::1` and `localhost`: nobody from outside gets there. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** `0.0.0.0` and `::` take the port on every address of the machine. */
export function isWildcardHost(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
