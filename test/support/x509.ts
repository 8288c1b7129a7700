import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate with its private key. */
export interface Identity {
  readonly name: string;
  readonly cert: string;
  readonly key: KeyObject;
}

export interface IdentityOptions {
  /** Who signs; absent: it signs itself. */
  readonly issuer?: Identity;
  /** May sign others. */
  readonly ca?: boolean;
  /** Host names and addresses it is good for. */
  readonly names?: readonly string[];
  /** Default: from yesterday to tomorrow. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const DAY_MS = 86_400_000;

/** Object identifiers, DER: what follows the tag and the length. */
const OID = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  subjectAltName: [0x55, 0x1d, 0x11],
  basicConstraints: [0x55, 0x1d, 0x13],
} as const;

/**
 * Makes a certificate (X.509 v3, RFC 5280) on the curve P-256. Node reads certificates but makes none, and whoever runs
 * the tests need not have openssl.
 */
export function makeIdentity(name: string, options: IdentityOptions = {}): Identity {
  const { issuer, ca = false, names = [] } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(der(0x06, [...OID.ecdsaWithSha256]));
  const subject = nameOf(name);
  const alternatives = names.map(alternativeName);
  const body = sequence(
    der(0xa0, der(0x02, [2])),
    // Positive, whatever the random bytes are.
    der(0x02, [0x01, ...randomBytes(8)]),
    algorithm,
    issuer === undefined ? subject : nameOf(issuer.name),
    sequence(
      time(options.notBefore ?? new Date(Date.now() - DAY_MS)),
      time(options.notAfter ?? new Date(Date.now() + DAY_MS)),
    ),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension(OID.basicConstraints, sequence(...(ca ? [der(0x01, [0xff])] : []))),
        ...(alternatives.length === 0 ? [] : [extension(OID.subjectAltName, sequence(...alternatives))]),
      ),
    ),
  );
  const signature = sign('sha256', body, issuer?.key ?? privateKey);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return { name, cert: pem('CERTIFICATE', certificate), key: privateKey };
}

/** The private key as a file has it; with a password it is encrypted. */
export function keyPem({ key }: Identity, password?: string): string {
  const form = { type: 'pkcs8', format: 'pem' } as const;
  return String(key.export(password === undefined ? form : { ...form, cipher: 'aes-256-cbc', passphrase: password }));
}

function alternativeName(name: string): Buffer {
  if (isIPv4(name)) return der(0x87, name.split('.').map(Number));
  return der(0x82, Buffer.from(name, 'latin1'));
}

function nameOf(commonName: string): Buffer {
  const text = der(0x0c, Buffer.from(commonName));
  return sequence(der(0x31, sequence(der(0x06, [...OID.commonName]), text)));
}

function extension(oid: readonly number[], value: Buffer): Buffer {
  return sequence(der(0x06, [...oid]), der(0x04, value));
}

/** GeneralizedTime, `YYYYMMDDHHMMSSZ`; good for every year here. */
function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '')}Z`));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** Tag, length, contents. */
function der(tag: number, contents: Buffer | readonly number[]): Buffer {
  const bytes = Buffer.from(contents);
  const { length } = bytes;
  const short = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...short]), bytes]);
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
