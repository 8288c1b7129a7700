/**
 * Why a connection ended before its first request. The key is the metric label `reason` and the field of the log; a test
 * keeps this table and the README equal.
 */
export const CONNECTION_REFUSALS = {
  'handshake-timeout': 'the TLS handshake or the PROXY header was not complete within handshake_timeout_ms',
  'plain-text': 'something other than TLS came on a TLS port',
  'tls-failed':
    'the TLS handshake failed: no version or cipher in common, or the client did not accept the certificate',
  'no-certificate': 'the client showed no certificate although it has to',
  'bad-certificate': 'the certificate of the client is not signed by tls_ca_cert_file, or has expired',
  'proxy-malformed': 'a sender of proxy_protocol_from did not begin with a good PROXY header',
  'proxy-untrusted': 'a PROXY header came from a sender that is not in proxy_protocol_from',
} as const satisfies Record<string, string>;

export type ConnectionRefusal = keyof typeof CONNECTION_REFUSALS;

/** The listeners, as metrics name them. */
export const LISTENERS = ['application', 'admin', 'http'] as const;

export type ListenerName = (typeof LISTENERS)[number];
