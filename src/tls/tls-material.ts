import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

/** A certificate and its key, as the settings name them. */
export interface KeyPairFiles {
  /** The names of the settings, for what is said about them. */
  readonly setting: { readonly cert: string; readonly key: string; readonly password: string };
  readonly certFile: string;
  readonly keyFile: string;
  readonly password: string | null;
}

/** Certificates that are trusted. */
export interface CaFile {
  readonly setting: string;
  readonly file: string;
}

/** All files that TLS needs, by what they are for. */
export interface TlsFiles {
  /** For listeners. */
  readonly server: KeyPairFiles | null;
  /** For connections that Holdfast opens. */
  readonly client: KeyPairFiles | null;
  /** Whom listeners trust. */
  readonly clientCa: CaFile | null;
  /** Whom Holdfast trusts when it connects; null: the CAs that Node brings along. */
  readonly serverCa: CaFile | null;
}

/** What the files hold, checked, and ready for use. */
export interface TlsMaterial {
  /** For `tls.Server`; null without a certificate. */
  readonly server: SecureContextOptions | null;
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

/** The bytes of a file; throws as `fs.readFileSync` does. */
export type ReadFile = (path: string) => Buffer;

/** What is wrong with the files: a sentence each, with the setting and the path. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** TLS 1.0 and 1.1 are broken (RFC 8996); OpenSSL's own default may be older. */
const MIN_VERSION = 'TLSv1.2';

const PEM_CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** Every file that is read, once. */
export function pathsOf({ server, client, clientCa, serverCa }: TlsFiles): readonly string[] {
  const pairs = [server, client].flatMap((pair) => (pair === null ? [] : [pair.certFile, pair.keyFile]));
  const cas = [clientCa, serverCa].flatMap((ca) => (ca === null ? [] : [ca.file]));
  return [...new Set([...pairs, ...cas])];
}

/** Reads and checks everything. @throws {TlsFileError} with all that is wrong. */
export function loadTlsMaterial(files: TlsFiles, read: ReadFile): TlsMaterial {
  const problems = new Set<string>();
  const attempt = <T>(make: () => T): T | null => {
    try {
      return make();
    } catch (error) {
      problems.add(error instanceof Error ? error.message : String(error));
      return null;
    }
  };
  const own = files.server;
  const theirs = files.client;
  const server = own === null ? null : attempt(() => readKeyPair(own, read));
  const client = theirs === null ? null : isSamePair(theirs, own) ? server : attempt(() => readKeyPair(theirs, read));
  const [clientCa, serverCa] = [files.clientCa, files.serverCa].map((ca) =>
    ca === null ? null : attempt(() => readCa(ca, read)),
  );
  if (problems.size > 0) throw new TlsFileError([...problems]);
  const serverOptions = server === null ? null : contextOf(server, clientCa ?? null);
  try {
    // What OpenSSL itself refuses, a key that is too short for instance, must come up here and not at the first client.
    if (serverOptions !== null) createSecureContext(serverOptions);
    return {
      server: serverOptions,
      client: createSecureContext(contextOf(client, serverCa ?? null)),
      certificates: [...new Set([server, client])].flatMap((pair) => (pair === null ? [] : [pair.facts])),
    };
  } catch (error) {
    throw new TlsFileError([`the TLS files can not be used: ${wordsOf(error)}`]);
  }
}

interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly passphrase: string | null;
  readonly facts: CertificateFacts;
}

function contextOf(pair: KeyPair | null, ca: Buffer | null): SecureContextOptions {
  return {
    minVersion: MIN_VERSION,
    ...(pair === null ? {} : { cert: pair.cert, key: pair.key }),
    ...(pair === null || pair.passphrase === null ? {} : { passphrase: pair.passphrase }),
    ...(ca === null ? {} : { ca }),
  };
}

function readKeyPair({ setting, certFile, keyFile, password }: KeyPairFiles, read: ReadFile): KeyPair {
  const cert = readPath(setting.cert, certFile, read);
  const [first] = certificatesIn(setting.cert, certFile, cert);
  const pem = readPath(setting.key, keyFile, read);
  const key = parseKey(pem, password, `${setting.key} ${keyFile}`, setting.password);
  if (first === undefined || !first.checkPrivateKey(key)) {
    throw new Error(`${setting.key} ${keyFile} does not belong to the certificate in ${setting.cert} ${certFile}`);
  }
  return {
    cert,
    key: pem,
    passphrase: password,
    facts: { file: certFile, notAfterMs: Date.parse(first.validTo) },
  };
}

function isSamePair(one: KeyPairFiles, other: KeyPairFiles | null): boolean {
  return one.certFile === other?.certFile && one.keyFile === other.keyFile && one.password === other.password;
}

function readCa({ setting, file }: CaFile, read: ReadFile): Buffer {
  const pem = readPath(setting, file, read);
  certificatesIn(setting, file, pem);
  return pem;
}

function readPath(setting: string, path: string, read: ReadFile): Buffer {
  try {
    return read(path);
  } catch (error) {
    throw new Error(`${setting} ${path} can not be read: ${wordsOf(error)}`, { cause: error });
  }
}

/** All of them, parsed: one that is cut off in the middle would otherwise be passed over in silence. */
function certificatesIn(setting: string, path: string, pem: Buffer): readonly X509Certificate[] {
  const blocks = pem.toString('latin1').match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new Error(`${setting} ${path} holds no certificate in PEM`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new Error(`${setting} ${path} holds a broken certificate: ${wordsOf(error)}`, { cause: error });
  }
}

function parseKey(pem: Buffer, password: string | null, what: string, passwordSetting: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(password === null ? {} : { passphrase: password }) });
  } catch (error) {
    if (/ENCRYPTED/.test(pem.toString('latin1'))) {
      const why =
        password === null
          ? `is encrypted: ${passwordSetting} must be given`
          : `can not be opened with ${passwordSetting}`;
      throw new Error(`${what} ${why}`, { cause: error });
    }
    throw new Error(`${what} holds no private key in PEM`, { cause: error });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
