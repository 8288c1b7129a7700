import type { Config } from '../config/settings.js';
import type { CaFile, KeyPairFiles, TlsFiles } from './tls-files.js';

type OwnKeys =
  | 'tlsCertFile'
  | 'tlsKeyFile'
  | 'tlsKeyPassword'
  | 'tlsClientCertFile'
  | 'tlsClientKeyFile'
  | 'tlsClientKeyPassword'
  | 'tlsCaCertFile';

/** What the settings say of files, for a Holdfast that serves. */
export function servingFiles(config: Pick<Config, OwnKeys | 'nodeTlsCaCertFile'>): TlsFiles {
  const { nodeTlsCaCertFile } = config;
  return {
    ...operatorFiles(config),
    servers: serverPairs(config),
    clientCa: caFile(config),
    ...(nodeTlsCaCertFile === null ? {} : { serverCa: { setting: 'node_tls_ca_cert_file', file: nodeTlsCaCertFile } }),
  };
}

/** The same for an operator's command, which only connects. */
export function operatorFiles(config: Pick<Config, OwnKeys>): TlsFiles {
  const { tlsClientCertFile, tlsClientKeyFile, tlsClientKeyPassword } = config;
  const client =
    tlsClientCertFile === null || tlsClientKeyFile === null
      ? (serverPairs(config)[0] ?? null)
      : {
          setting: { cert: 'tls_client_cert_file', key: 'tls_client_key_file', password: 'tls_client_key_password' },
          certFile: tlsClientCertFile,
          keyFile: tlsClientKeyFile,
          password: tlsClientKeyPassword,
        };
  return { servers: [], client, clientCa: null, serverCa: caFile(config) };
}

function serverPairs({ tlsCertFile, tlsKeyFile, tlsKeyPassword }: Pick<Config, OwnKeys>): readonly KeyPairFiles[] {
  return tlsCertFile.flatMap((certFile, at) => {
    const keyFile = tlsKeyFile[at];
    if (keyFile === undefined) return [];
    const setting = { cert: 'tls_cert_file', key: 'tls_key_file', password: 'tls_key_password' };
    return { setting, certFile, keyFile, password: tlsKeyPassword };
  });
}

function caFile({ tlsCaCertFile }: Pick<Config, OwnKeys>): CaFile | null {
  return tlsCaCertFile === null ? null : { setting: 'tls_ca_cert_file', file: tlsCaCertFile };
}
