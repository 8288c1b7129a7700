import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { dnsNamesOf } from './server-names.js';
import type { CaFile, KeyPairFiles } from './tls-files.js';

/** A certificate with the key that belongs to it, checked. */
export interface KeyPair {
  readonly certFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly passphrase: string | null;
  /** Unix time in ms. */
  readonly notAfterMs: number;
  /** The DNS names that it is for, in lower case; with wildcards. */
  readonly dnsNames: readonly string[];
}

/** The bytes of a file; throws as `fs.readFileSync` does. */
export type ReadFile = (path: string) => Buffer;

const PEM_CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** @throws {Error} what is wrong: a sentence with the setting and the path. */
export function readKeyPair({ setting, certFile, keyFile, password }: KeyPairFiles, read: ReadFile): KeyPair {
  const cert = readPath(setting.cert, certFile, read);
  const [first] = certificatesIn(setting.cert, certFile, cert);
  const key = readPath(setting.key, keyFile, read);
  const parsed = parseKey(key, password, `${setting.key} ${keyFile}`, setting.password);
  if (first === undefined || !first.checkPrivateKey(parsed)) {
    throw new Error(`${setting.key} ${keyFile} does not belong to the certificate in ${setting.cert} ${certFile}`);
  }
  try {
    // What OpenSSL itself refuses, a key that is too short for instance, must come up here and not at the first client.
    createSecureContext({ cert, key, ...(password === null ? {} : { passphrase: password }) });
  } catch (error) {
    throw new Error(`${setting.cert} ${certFile} can not be used: ${wordsOf(error)}`, { cause: error });
  }
  const notAfterMs = Date.parse(first.validTo);
  return { certFile, cert, key, passphrase: password, notAfterMs, dnsNames: dnsNamesOf(first) };
}

/** Certificates that are trusted, PEM. @throws {Error} as {@link readKeyPair}. */
export function readCa({ setting, file }: CaFile, read: ReadFile): Buffer {
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
