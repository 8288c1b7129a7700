import type { Server, TLSSocket, TlsOptions } from 'node:tls';
import type { ConnectionRefusal } from '../errors/refusal-table.js';
import type { Certificates } from './certificates.js';
import { tlsErrorWords } from './tls-error-words.js';

/** Whether clients show a certificate: `optional`: one that is shown must be good. */
export type ClientCertificates = 'no' | 'optional' | 'yes';

/** What a `tls://` listener needs. */
export interface TlsListenerOptions {
  readonly certificates: Certificates;
  readonly clientCertificates: ClientCertificates;
  readonly handshakeTimeoutMs: number;
}

/** Told of connections that end before they are secure; `socket` is about to be destroyed. */
export type OnRefused = (reason: ConnectionRefusal, why: string, socket: TLSSocket) => void;

/** A listener that is `tls.Server` itself. */
export interface SupervisedTls extends TlsListenerOptions {
  readonly onRefused: OnRefused;
}

/** The peer went away in the middle: health checks that only connect do that, and nobody is refused anything. */
const GONE = new Set(['ECONNRESET', 'EPIPE', 'ECANCELED']);

/** Options for `tls.createServer` and `https.createServer`. */
export function tlsServerOptions({
  certificates,
  clientCertificates,
  handshakeTimeoutMs,
}: TlsListenerOptions): TlsOptions {
  return {
    ...certificates.material.server,
    // Asked at each handshake: certificates are renewed. Node's own list of contexts can only grow.
    SNICallback: (serverName, choose) => choose(null, certificates.material.serverFor(serverName) ?? undefined),
    requestCert: clientCertificates !== 'no',
    // Judged in `superviseTlsServer`: Node would close without a word about the reason, and knows no `optional`.
    rejectUnauthorized: false,
    handshakeTimeout: handshakeTimeoutMs,
  };
}

/**
 * Keeps a server's certificate up to date, judges the certificates of clients, and says what is refused. To be called
 * before anybody listens for `secureConnection`: whoever is refused is destroyed by then.
 */
export function superviseTlsServer(server: Server, options: TlsListenerOptions, onRefused: OnRefused): void {
  options.certificates.each(({ server: context }) => {
    if (context !== null) server.setSecureContext(context);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    if (GONE.has(error.code ?? '')) return;
    onRefused(reasonOf(error), tlsErrorWords(error) ?? error.message, socket);
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    const refusal = judgeClient(socket, options.clientCertificates);
    if (refusal === null) return;
    onRefused(...refusal, socket);
    socket.on('error', () => undefined);
    socket.destroy();
  });
}

function reasonOf({ code = '' }: NodeJS.ErrnoException): ConnectionRefusal {
  if (code === 'ERR_TLS_HANDSHAKE_TIMEOUT') return 'handshake-timeout';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_HTTP_REQUEST') return 'plain-text';
  return 'tls-failed';
}

/** @returns why the client is not welcome, with the particulars; null when it is. */
function judgeClient(socket: TLSSocket, wanted: ClientCertificates): readonly [ConnectionRefusal, string] | null {
  if (wanted === 'no' || socket.authorized) return null;
  const subject = socket.getPeerX509Certificate()?.subject;
  if (subject === undefined) return wanted === 'yes' ? ['no-certificate', ''] : null;
  // Typed as an error, but the code as text.
  const code = String(socket.authorizationError);
  const words = tlsErrorWords(Object.assign(new Error(code), { code })) ?? code;
  return ['bad-certificate', `${subject.replaceAll('\n', ', ')}: ${words}`];
}
