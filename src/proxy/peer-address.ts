/** An end of a connection as Redis shows it: `ip:port`, IPv6 in brackets, `unixsocket` without an address. */
export function peerAddress(host: string | undefined, port: number | undefined): string {
  if (host === undefined || port === undefined) return 'unixsocket';
  const plain = host.startsWith('::ffff:') ? host.slice(7) : host;
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}
