import type { Socket } from 'node:net';

/** Both ends of a client's connection, as `CLIENT LIST` shows them (`addr`, `laddr`). */
export interface Ends {
  readonly addr: string;
  readonly laddr: string;
}

/** The ends as the socket knows them. */
export function endsOf(socket: Socket): Ends {
  return {
    addr: peerAddress(socket.remoteAddress, socket.remotePort),
    laddr: peerAddress(socket.localAddress, socket.localPort),
  };
}

/** An end of a connection as Redis shows it: `ip:port`, IPv6 in brackets, `unixsocket` without an address. */
export function peerAddress(host: string | undefined, port: number | undefined): string {
  if (host === undefined || port === undefined) return 'unixsocket';
  const plain = host.startsWith('::ffff:') ? host.slice(7) : host;
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}
