import { addressRanges, choice, flag, milliseconds, optionalPath, optionalText, paths } from './kinds.js';
import { setting } from './setting.js';

/** Redis' own words for `tls-auth-clients`. */
const AUTH_CLIENTS = ['no', 'optional', 'yes'] as const;

/** The settings of TLS and of the PROXY protocol; names as in redis.conf where it has them. Which listeners use TLS is said in their addresses. */
export const TLS_SETTING_TABLE = {
  tlsCertFile: setting({
    name: 'tls_cert_file',
    kind: paths('path'),
    default: [],
    description:
      'Certificate of Holdfast with its chain, PEM: for `tls://` listeners, and towards nodes that ask for one. May be repeated: clients get the one that is for the server name they ask for (SNI), else the first, which the nodes get too',
    reason: '',
  }),
  tlsKeyFile: setting({
    name: 'tls_key_file',
    kind: paths('path'),
    default: [],
    description: 'Its private key, PEM; of several certificates each, in the same order',
    reason: '',
  }),
  tlsKeyPassword: setting({
    name: 'tls_key_password',
    kind: optionalText('password'),
    default: null,
    secret: true,
    description: 'What the private keys are encrypted with, if they are',
    reason: '',
  }),
  tlsKeyPasswordFile: setting({
    name: 'tls_key_password_file',
    kind: optionalPath('path'),
    default: null,
    description: 'A file that holds `tls_key_password`, for mounted secrets',
    reason: '',
  }),
  tlsClientCertFile: setting({
    name: 'tls_client_cert_file',
    kind: optionalPath('path'),
    default: null,
    description:
      'Another certificate for where Holdfast is the client: the nodes, and operator commands on the admin port',
    reason: 'one certificate serves both, unless it was issued for servers alone',
  }),
  tlsClientKeyFile: setting({
    name: 'tls_client_key_file',
    kind: optionalPath('path'),
    default: null,
    description: 'Its private key, PEM',
    reason: '',
  }),
  tlsClientKeyPassword: setting({
    name: 'tls_client_key_password',
    kind: optionalText('password'),
    default: null,
    secret: true,
    description: 'What that private key is encrypted with, if it is',
    reason: '',
  }),
  tlsClientKeyPasswordFile: setting({
    name: 'tls_client_key_password_file',
    kind: optionalPath('path'),
    default: null,
    description: 'A file that holds `tls_client_key_password`, for mounted secrets',
    reason: '',
  }),
  tlsCaCertFile: setting({
    name: 'tls_ca_cert_file',
    kind: optionalPath('path'),
    default: null,
    description: 'The CAs that are trusted, PEM: for the certificates of clients, of the nodes and of the admin port',
    reason: 'for servers: the CAs that Node brings along',
  }),
  tlsAuthClients: setting({
    name: 'tls_auth_clients',
    kind: choice(AUTH_CLIENTS),
    default: 'yes',
    description:
      'Whether applications on a `tls://` address have to show a certificate; `optional`: one that is shown must be good',
    reason: "Redis' own default",
  }),
  adminTlsAuthClients: setting({
    name: 'admin_tls_auth_clients',
    kind: choice(AUTH_CLIENTS),
    default: 'yes',
    description: 'The same for the admin port',
    reason: 'who reaches it can move the master',
  }),
  httpTlsAuthClients: setting({
    name: 'http_tls_auth_clients',
    kind: choice(AUTH_CLIENTS),
    default: 'no',
    description: 'The same for the HTTP port',
    reason: 'the probes of Kubernetes have no certificate to show',
  }),
  adminTlsServerName: setting({
    name: 'admin_tls_server_name',
    kind: optionalText('name'),
    default: null,
    description: 'The name that operator commands expect in the certificate of the admin port',
    reason: 'the host of its address',
  }),
  nodeTls: setting({
    name: 'node_tls',
    kind: flag(),
    default: false,
    description:
      'Speak TLS with the nodes. Each `node` names the TLS port; the nodes need `tls-replication yes`, as replicas are sent there',
    reason: 'as `tls-replication` in redis.conf',
  }),
  nodeTlsCaCertFile: setting({
    name: 'node_tls_ca_cert_file',
    kind: optionalPath('path'),
    default: null,
    description: 'Other CAs for the certificates of the nodes',
    reason: '`tls_ca_cert_file`',
  }),
  nodeTlsServerName: setting({
    name: 'node_tls_server_name',
    kind: optionalText('name'),
    default: null,
    description: 'The name that the certificate of every node must have, and that is sent as SNI',
    reason: 'the host of each `node`; an address must stand in the certificate as an IP',
  }),
  proxyProtocolFrom: setting({
    name: 'proxy_protocol_from',
    kind: addressRanges(),
    default: [],
    description:
      'Who begins connections of applications with a PROXY header (v1 or v2), and has to; may be repeated. Anybody else who sends one is refused',
    reason: 'nobody: who may send it may claim any address',
  }),
  handshakeTimeoutMs: setting({
    name: 'handshake_timeout_ms',
    kind: milliseconds(1, 600_000),
    default: 10_000,
    description: 'Time for a new connection to finish its TLS handshake, and to send its PROXY header',
    reason: 'long for a bad network, short for somebody who only wants to hold a place',
  }),
} as const;
