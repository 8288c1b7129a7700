import { connect as connectTcp, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { parseNodeId, type NodeId } from '../../config/node-address.js';
import type { TlsTo } from '../../tls/node-tls.js';
import { tlsErrorWords } from '../../tls/tls-error-words.js';

export interface DialHooks {
  /** Bytes can be sent: behind the handshake and the verification, with TLS. */
  readonly opened: () => void;
  /** What went wrong, in words; the end of the socket follows. */
  readonly failed: (error: Error) => void;
}

/**
 * Dials a server, with TLS if `tlsTo` says how. What arrives goes to `onread`, in both cases without memory of its own for
 * each read.
 */
export function dial(node: NodeId, tlsTo: TlsTo | null, onread: OnReadOpts, { opened, failed }: DialHooks): Socket {
  const address = parseNodeId(node);
  if (address === null) throw new TypeError(`not an address: ${node}`);
  if (tlsTo === null) {
    return connectTcp({ ...address, noDelay: true, keepAlive: true, onread }, opened).on('error', failed);
  }
  // Documented, but not typed: `onread` is used when tls.connect opens the socket itself.
  const options: ConnectionOptions & { onread: OnReadOpts } = { ...tlsTo(address.host), ...address, onread };
  const socket = connectTls(options, opened);
  socket.once('connect', () => socket.setNoDelay(true).setKeepAlive(true));
  return socket.on('error', (error: Error) => {
    const words = tlsErrorWords(error);
    failed(words === null ? error : new Error(`${node}: ${words}`));
  });
}
