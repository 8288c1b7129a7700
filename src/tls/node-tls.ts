import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Certificates } from './certificates.js';

/** Options for a TLS connection to `host`, with the certificates of this moment. */
export type TlsTo = (host: string) => ConnectionOptions;

/**
 * How Holdfast connects: the other side's certificate must be signed by a trusted CA, and be for `serverName` if one is
 * given, else for the host that was dialled (an IP address must stand in it as one). SNI names it too.
 */
export function tlsTo(certificates: Certificates, serverName: string | null): TlsTo {
  return (host) => {
    const name = serverName ?? host;
    return {
      secureContext: certificates.material.client,
      rejectUnauthorized: true,
      // An address is no server name (RFC 6066); Node then checks the certificate against the host that is dialled.
      ...(isIP(name) === 0 ? { servername: name } : {}),
    };
  };
}
