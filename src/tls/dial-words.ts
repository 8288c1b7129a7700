import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/*
 * A server that expects plain text takes the greeting of TLS for a line that has no end, and says nothing; one that
 * expects TLS hangs up on plain text. Neither names the cause, so it is asked for where nothing else explains it better.
 */

/** What did not come within `timeoutMs` of dialling; undefined: the socket was not even there. */
export function tooLateWords(socket: Socket | undefined, timeoutMs: number): string {
  if (socket === undefined || socket.connecting) return `no connection within ${timeoutMs} ms`;
  if (isHandshaking(socket)) {
    return `the port is open, but the TLS handshake was not answered within ${timeoutMs} ms: does it speak plain text there?`;
  }
  return `the port is open, but nothing was answered within ${timeoutMs} ms`;
}

/** What it may mean that the server ended the connection, or reset it, before its first answer. */
export function endedEarlyWords(socket: Socket | undefined): string {
  if (socket instanceof TLSSocket) {
    return isHandshaking(socket)
      ? 'the connection was closed in the TLS handshake: does it speak TLS there?'
      : 'the connection was closed before the first answer: does it want a certificate of Holdfast (tls_cert_file or tls_client_cert_file)?';
  }
  return 'the connection was closed before the first answer: does it want TLS (node_tls)?';
}

/** Whether the peer has gone without a word. */
export function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** Every connection that is dialled verifies the other side: whoever is authorized has finished the handshake. */
function isHandshaking(socket: Socket): boolean {
  return socket instanceof TLSSocket && !socket.authorized;
}
