import { isIP } from 'node:net';

/** Addresses that begin alike: the first `prefix` bits are those of `address`. */
export interface AddressRange {
  readonly address: string;
  readonly prefix: number;
}

/** Reads `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. @returns `null` when the text is none of these. */
export function parseAddressRange(text: string): AddressRange | null {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const [, address = '', bits] = match ?? [];
  const family = isIP(address);
  if (family === 0) return null;
  const widest = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? widest : Number(bits);
  return prefix <= widest ? { address: address.toLowerCase(), prefix } : null;
}

/** The spelling that {@link parseAddressRange} reads. */
export function formatAddressRange({ address, prefix }: AddressRange): string {
  return `${address}/${prefix}`;
}
