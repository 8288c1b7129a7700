import type { Socket } from 'node:net';
import type { DoorsView } from '../admin/ports.js';
import { isTlsAddress } from '../config/listen-address.js';
import { formatNodeId } from '../config/node-address.js';
import type { Config } from '../config/settings.js';
import type { Refusals } from '../log/refusals.js';
import type { Certificates } from '../tls/certificates.js';
import type { SupervisedTls, TlsListenerOptions } from '../tls/tls-server.js';

/** TLS for the applications' `tls://` addresses; null when there is none. */
export function applicationTls(config: Config, certificates: Certificates): TlsListenerOptions | null {
  if (!config.listen.some(isTlsAddress)) return null;
  return { certificates, clientCertificates: config.tlsAuthClients, handshakeTimeoutMs: config.handshakeTimeoutMs };
}

/** TLS for the admin port, if its address wants it. */
export function adminTls(
  config: Config,
  certificates: Certificates,
  refusals: Refusals,
): { readonly tls?: SupervisedTls } {
  if (!isTlsAddress(config.admin)) return {};
  return { tls: supervised('admin', config.adminTlsAuthClients, config, certificates, refusals) };
}

/** TLS for the HTTP port, if its address wants it. */
export function httpTls(
  config: Config,
  certificates: Certificates,
  refusals: Refusals,
): { readonly tls?: SupervisedTls } {
  if (!isTlsAddress(config.http)) return {};
  return { tls: supervised('http', config.httpTlsAuthClients, config, certificates, refusals) };
}

/** What the admin side shows of all this. */
export function doorsView(certificates: Certificates, entrance: Pick<DoorsView, 'refused'>): DoorsView {
  return {
    refused: () => entrance.refused(),
    certificates: () => certificates.facts(),
    certificateProblem: () => certificates.problem,
  };
}

function supervised(
  listener: 'admin' | 'http',
  clientCertificates: Config['adminTlsAuthClients'],
  { handshakeTimeoutMs }: Config,
  certificates: Certificates,
  refusals: Refusals,
): SupervisedTls {
  const peerOf = ({ remoteAddress = 'gone', remotePort = 0 }: Socket): string =>
    formatNodeId(remoteAddress, remotePort);
  return {
    certificates,
    clientCertificates,
    handshakeTimeoutMs,
    onRefused: (reason, why, socket) => refusals.note(listener, reason, peerOf(socket), why),
  };
}
