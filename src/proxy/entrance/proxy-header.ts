import { isIPv4, isIPv6 } from 'node:net';

/** An end of the connection that a proxy in front speaks for. */
interface End {
  readonly host: string;
  readonly port: number;
}

/**
 * What stands at the beginning of a connection (HAProxy's PROXY protocol, versions 1 and 2).
 * - `partial`: as far as it goes it is a header, or may become one;
 * - `none`: it is something else;
 * - `malformed`: it begins as a header does, and is none;
 * - `complete`: `source` is null when the sender speaks for itself (LOCAL, a health check) or can not tell (UNKNOWN, UNSPEC).
 */
export type ProxyHeader =
  | { readonly kind: 'partial' | 'none' }
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'complete'; readonly length: number; readonly source: End | null; readonly target: End | null };

/** Of version 2, which no text protocol begins with. */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const PREFIX = Buffer.from('PROXY ', 'latin1');
/** "An IPv6 address, worst case", by the specification, CR LF included. */
const MAX_V1_BYTES = 107;
const V2_HEAD_BYTES = 16;
/** Addresses and TLVs of version 2. Certificates of clients may be among the TLVs, so it is a lot; HAProxy has 16 KB too. */
const MAX_V2_BYTES = 16 * 1024;

const V1 = /^PROXY (TCP4|TCP6) (\S+) (\S+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/;

/** Reads the header at the beginning of `bytes`. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (beginsAlike(bytes, SIGNATURE)) return bytes.length < V2_HEAD_BYTES ? { kind: 'partial' } : readV2(bytes);
  if (beginsAlike(bytes, PREFIX)) return readV1(bytes);
  return { kind: 'none' };
}

/** Whether one is the beginning of the other. */
function beginsAlike(bytes: Buffer, wanted: Buffer): boolean {
  const length = Math.min(bytes.length, wanted.length);
  return bytes.compare(wanted, 0, length, 0, length) === 0;
}

function readV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, MAX_V1_BYTES).indexOf('\r\n');
  if (end < 0) return bytes.length < MAX_V1_BYTES ? { kind: 'partial' } : malformed('its line does not end');
  const line = bytes.toString('latin1', 0, end);
  const length = end + 2;
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { kind: 'complete', length, source: null, target: null };
  const [, family, source = '', target = '', sourcePort, targetPort] = V1.exec(line) ?? [];
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  const ports = [Number(sourcePort), Number(targetPort)];
  if (family === undefined || !isAddress(source) || !isAddress(target) || ports.some((port) => port > 65_535)) {
    return malformed('its line is not PROXY TCP4|TCP6 source target port port');
  }
  return {
    kind: 'complete',
    length,
    source: { host: source, port: Number(sourcePort) },
    target: { host: target, port: Number(targetPort) },
  };
}

/** Bytes 12 to 15: version and command, family and transport, length of what follows. */
function readV2(bytes: Buffer): ProxyHeader {
  const version = bytes.readUInt8(12) >> 4;
  const command = bytes.readUInt8(12) & 0x0f;
  const family = bytes.readUInt8(13);
  const length = V2_HEAD_BYTES + bytes.readUInt16BE(14);
  if (version !== 2) return malformed(`its version is ${version}`);
  if (command > 1) return malformed(`its command is ${command}`);
  if (length > MAX_V2_BYTES) return malformed(`it is ${length} bytes long`);
  if (bytes.length < length) return { kind: 'partial' };
  const none = { kind: 'complete', length, source: null, target: null } as const;
  if (command === 0) return none;
  const body = bytes.subarray(V2_HEAD_BYTES, length);
  // 0x00: not told. 0x31: a Unix socket in front, whose name is nobody's address.
  if (family === 0x00) return none;
  const addressBytes = { 0x11: 12, 0x21: 36, 0x31: 216 }[family];
  if (addressBytes === undefined) return malformed(`its family is 0x${family.toString(16)}`);
  if (body.length < addressBytes) return malformed('its addresses are cut off');
  if (!areTlvs(body.subarray(addressBytes))) return malformed('its TLVs are cut off');
  if (family === 0x31) return none;
  const hostBytes = family === 0x11 ? 4 : 16;
  const end = (at: number): End => ({
    host: hostOf(body.subarray(at * hostBytes, (at + 1) * hostBytes)),
    port: body.readUInt16BE(2 * hostBytes + 2 * at),
  });
  return { kind: 'complete', length, source: end(0), target: end(1) };
}

/** Type, length in two bytes, value; to the end. */
function areTlvs(bytes: Buffer): boolean {
  let at = 0;
  while (at + 3 <= bytes.length) at += 3 + bytes.readUInt16BE(at + 1);
  return at === bytes.length;
}

/** IPv6 as `CLIENT LIST` shows it: the longest run of zeros is left out (RFC 5952). */
function hostOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16)).join(':');
  return new URL(`http://[${groups}]/`).hostname.slice(1, -1);
}

function malformed(why: string): ProxyHeader {
  return { kind: 'malformed', why };
}
