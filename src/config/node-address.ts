/**
 * A server of the shard, written `host:port` (IPv6 hosts in brackets, `[::1]:6379`). One spelling per node: it is the
 * key of every table, the label of every metric and what operators type.
 */
export type NodeId = string;

/** The two halves of a {@link NodeId}; `host` has no brackets. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Splits `host:port` or `[v6]:port`.
 *
 * @returns `null` when the text is not an address; the caller names the setting or argument it came from.
 */
export function parseNodeId(text: string): NodeAddress | null {
  const match = /^(?:\[([^\]\s]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text.trim());
  if (match === null) return null;
  const host = match[1] ?? match[2];
  const port = Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) return null;
  return { host, port };
}

/** The one spelling of an address: lower-case host, brackets round IPv6. */
export function formatNodeId(host: string, port: number): NodeId {
  const lower = host.toLowerCase();
  return lower.includes(':') ? `[${lower}]:${port}` : `${lower}:${port}`;
}
