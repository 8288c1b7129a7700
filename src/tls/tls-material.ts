import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { readCa, readKeyPair, type KeyPair, type ReadFile } from './key-pair.js';
import { findByServerName } from './server-names.js';
import { isSamePair, TlsFileError, type TlsFiles } from './tls-files.js';

/** What the files hold, each certificate checked by itself. */
interface TlsParts {
  readonly servers: readonly KeyPair[];
  readonly client: KeyPair | null;
  readonly clientCa: Buffer | null;
  readonly serverCa: Buffer | null;
}

/** What the files hold, checked, and ready for use. */
export interface TlsMaterial {
  readonly parts: TlsParts;
  /** For `tls.Server`; null without a certificate. */
  readonly server: SecureContextOptions | null;
  /** What is shown to a client that asks for this name; null: {@link server}. */
  readonly serverFor: (serverName: string) => SecureContext | null;
  /** For connections that Holdfast opens. */
  readonly client: SecureContext;
  readonly certificates: readonly CertificateFacts[];
}

/** A certificate of Holdfast's own. */
export interface CertificateFacts {
  readonly file: string;
  /** Unix time in ms. */
  readonly notAfterMs: number;
}

/** What came of reading the files: `problems` says what of them is not good, and was taken from before. */
interface Loaded {
  readonly material: TlsMaterial;
  readonly problems: readonly string[];
}

/** TLS 1.0 and 1.1 are broken (RFC 8996); OpenSSL's own default may be older. */
const MIN_VERSION = 'TLSv1.2';

/**
 * Reads and checks everything. What is not good, a pair or a file of CAs, is taken from `before`: one bad file must not
 * keep the renewed others from being used.
 *
 * @throws {TlsFileError} with all that is wrong, if there is no `before`, or the certificates do not go together.
 */
export function loadTlsMaterial(files: TlsFiles, read: ReadFile, before: TlsMaterial | null): Loaded {
  const { parts, problems } = readParts(files, read, before?.parts ?? null);
  if (before === null && problems.length > 0) throw new TlsFileError(problems);
  const conflicts = conflictsOf(parts.servers);
  if (conflicts.length > 0) throw new TlsFileError([...problems, ...conflicts]);
  const { servers, client, clientCa, serverCa } = parts;
  const [first] = servers;
  const byName = new Map(
    servers.flatMap((pair) => {
      const context = createSecureContext(contextOf(pair, clientCa));
      return pair.dnsNames.map((name) => [name, context] as const);
    }),
  );
  const own = [...new Set([...servers, client])].flatMap((pair) => pair ?? []);
  const material = {
    parts,
    server: first === undefined ? null : contextOf(first, clientCa),
    serverFor: (serverName: string) => findByServerName(byName, serverName),
    client: createSecureContext(contextOf(client, serverCa)),
    certificates: own.map(({ certFile, notAfterMs }) => ({ file: certFile, notAfterMs })),
  };
  return { material, problems };
}

function readParts(
  files: TlsFiles,
  read: ReadFile,
  before: TlsParts | null,
): { readonly parts: TlsParts; readonly problems: readonly string[] } {
  const problems = new Set<string>();
  const attempt = <T>(make: () => T, old: T | null | undefined): T | null => {
    try {
      return make();
    } catch (error) {
      problems.add(error instanceof Error ? error.message : String(error));
      return old ?? null;
    }
  };
  const pairs = files.servers.map((pair, at) => attempt(() => readKeyPair(pair, read), before?.servers[at]));
  const theirs = files.client;
  const same = theirs === null ? -1 : files.servers.findIndex((pair) => isSamePair(theirs, pair));
  const own = (): KeyPair | null => (theirs === null ? null : attempt(() => readKeyPair(theirs, read), before?.client));
  const [clientCa = null, serverCa = null] = (['clientCa', 'serverCa'] as const).map((which) => {
    const ca = files[which];
    return ca === null ? null : attempt(() => readCa(ca, read), before?.[which]);
  });
  const parts = {
    servers: pairs.flatMap((pair) => pair ?? []),
    client: pairs[same] ?? own(),
    clientCa,
    serverCa,
  };
  return { parts, problems: [...problems] };
}

/** Each name must choose one certificate, and each certificate must be chosen by some name. */
function conflictsOf(servers: readonly KeyPair[]): readonly string[] {
  const owners = new Map<string, string>();
  return servers.flatMap(({ certFile, dnsNames }, at) => {
    if (dnsNames.length === 0 && at > 0) {
      return [`tls_cert_file ${certFile} has no DNS name (subjectAltName) by which a client could choose it`];
    }
    return [...new Set(dnsNames)].flatMap((name) => {
      const other = owners.get(name);
      owners.set(name, other ?? certFile);
      return other === undefined ? [] : [`tls_cert_file ${other} and ${certFile} are both for ${name}: give one`];
    });
  });
}

function contextOf(pair: KeyPair | null, ca: Buffer | null): SecureContextOptions {
  return {
    minVersion: MIN_VERSION,
    ...(pair === null ? {} : { cert: pair.cert, key: pair.key }),
    ...(pair === null || pair.passphrase === null ? {} : { passphrase: pair.passphrase }),
    ...(ca === null ? {} : { ca }),
  };
}
