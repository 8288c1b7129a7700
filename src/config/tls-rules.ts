import { formatListenAddress, isTlsAddress, type ListenAddress } from './listen-address.js';
import type { Rule } from './rule.js';
import { SETTINGS, type Config, type ConfigKey } from './settings.js';

/** Settings that do something only where TLS is spoken with the nodes. */
const NODE_KEYS = ['nodeTlsCaCertFile', 'nodeTlsServerName'] as const satisfies readonly ConfigKey[];

/** What TLS needs to be what its settings say. Whoever asks for it must not get plain text by an oversight. */
export const TLS_RULES: readonly Rule[] = [
  {
    needs: ['tlsCertFile', 'tlsKeyFile'],
    judge: ({ tlsCertFile: { length: certs }, tlsKeyFile: { length: keys } }) =>
      certs === keys
        ? []
        : certs === 0 || keys === 0
          ? [keys === 0 ? 'tls_cert_file needs tls_key_file' : 'tls_key_file needs tls_cert_file']
          : [`tls_cert_file (${certs}) and tls_key_file (${keys}) must name as many files, in the same order`],
  },
  {
    needs: ['tlsClientCertFile', 'tlsClientKeyFile'],
    judge: ({ tlsClientCertFile: cert, tlsClientKeyFile: key }) => {
      if ((cert === null) === (key === null)) return [];
      return [
        cert === null
          ? 'tls_client_key_file needs tls_client_cert_file'
          : 'tls_client_cert_file needs tls_client_key_file',
      ];
    },
  },
  {
    needs: ['listen', 'admin', 'http', 'tlsCertFile'],
    judge: (config) =>
      config.tlsCertFile.length > 0
        ? []
        : tlsAddresses(config).map(
            ([name, address]) => `${name} ${formatListenAddress(address)} needs tls_cert_file and tls_key_file`,
          ),
  },
  {
    needs: ['listen', 'admin', 'http', 'tlsCaCertFile', 'tlsAuthClients', 'adminTlsAuthClients', 'httpTlsAuthClients'],
    judge: (config) => {
      if (config.tlsCaCertFile !== null) return [];
      const auth = authSettings(config);
      return [...new Set(tlsAddresses(config).map(([name]) => name))].flatMap((name) => {
        const { setting, value } = auth[name];
        return value === 'no'
          ? []
          : [`${setting} (${value}) needs tls_ca_cert_file: whose certificates are good? (no: clients show none)`];
      });
    },
  },
  {
    needs: ['nodeTls', ...NODE_KEYS],
    judge: (config) =>
      config.nodeTls
        ? []
        : NODE_KEYS.filter((key) => config[key] !== null).map(
            (key) => `${SETTINGS[key].name} is given, but the nodes are spoken to in plain text: set node_tls`,
          ),
  },
  {
    needs: ['listen', 'admin', 'http', 'tlsCertFile', 'nodeTls'],
    judge: (config) =>
      config.tlsCertFile.length === 0 || config.nodeTls || tlsAddresses(config).length > 0
        ? []
        : ['tls_cert_file is given, but nothing speaks TLS: write a listener as tls://host:port, or set node_tls'],
  },
];

type Listener = 'listen' | 'admin' | 'http';

function tlsAddresses({ listen, admin, http }: Config): readonly (readonly [Listener, ListenAddress])[] {
  const own = [...listen.map((address) => ['listen', address] as const), ['admin', admin], ['http', http]] as const;
  return own.filter(([, address]) => isTlsAddress(address));
}

function authSettings(
  config: Config,
): Readonly<Record<Listener, { readonly setting: string; readonly value: string }>> {
  return {
    listen: { setting: SETTINGS.tlsAuthClients.name, value: config.tlsAuthClients },
    admin: { setting: SETTINGS.adminTlsAuthClients.name, value: config.adminTlsAuthClients },
    http: { setting: SETTINGS.httpTlsAuthClients.name, value: config.httpTlsAuthClients },
  };
}
