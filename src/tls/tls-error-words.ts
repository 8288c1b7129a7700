/** What OpenSSL and Node call the common troubles, in words that say what to repair. */
const WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; are the clocks right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed, and not one of the trusted ones',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by a CA that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by a CA that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by a CA that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by a CA that is not trusted here',
  CERT_SIGNATURE_FAILURE: 'its certificate is signed by a CA that is not trusted here',
  INVALID_PURPOSE: 'its certificate was not issued for this purpose (extended key usage)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what it sends is not TLS',
  ERR_SSL_HTTP_REQUEST: 'what it sends is not TLS, but HTTP',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what it sends is not TLS',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust the CA of the certificate of Holdfast',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it does not accept the certificate of Holdfast',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'it does not accept the certificate of Holdfast',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it says that the certificate of Holdfast has expired',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'it wants a certificate of Holdfast (tls_cert_file or tls_client_cert_file)',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'no TLS version in common',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'no TLS version in common',
  ERR_SSL_NO_SHARED_CIPHER: 'no cipher in common',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'it refused the handshake: no cipher in common, or it wants a certificate of Holdfast',
};

/** @returns what a TLS error means; null when it is none. */
export function tlsErrorWords(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  if (error.code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
    return `its certificate is for another name: ${reason}`;
  }
  const words = WORDS[error.code];
  if (words !== undefined) return words;
  if (!error.code.startsWith('ERR_SSL_')) return null;
  // OpenSSL's own text is a line of numbers and paths; its reason is the part people can read.
  return `TLS: ${error.code.slice('ERR_SSL_'.length).toLowerCase().replaceAll('_', ' ')}`;
}
