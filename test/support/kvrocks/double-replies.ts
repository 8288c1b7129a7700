/** A value of RESP2, or of what of RESP3 a Kvrocks answers itself. */
export type Value =
  | string
  | number
  | null
  | { readonly status: string }
  | { readonly error: string }
  /** Bytes that are a reply already. */
  | { readonly raw: Buffer }
  /** An array that is not there. */
  | { readonly array: null }
  /** A map of RESP3; in RESP2 an array of names and values. */
  | { readonly map: readonly Value[] }
  | readonly Value[];

export const OK: Value = { status: 'OK' };
export const ADMIN_ONLY: Value = { error: 'ERR admin permission required to perform the command' };
export const WRONG_ARGUMENTS: Value = { error: 'ERR wrong number of arguments' };

/** @param resp the version of RESP that the connection speaks. */
export function encodeReply(value: Value, resp: 2 | 3 = 2): Buffer {
  if (value === null) return Buffer.from(resp === 3 ? '_\r\n' : '$-1\r\n');
  if (typeof value === 'number') return Buffer.from(`:${value}\r\n`);
  if (typeof value === 'string') return Buffer.from(`$${Buffer.byteLength(value)}\r\n${value}\r\n`);
  if ('status' in value) return Buffer.from(`+${value.status}\r\n`);
  if ('error' in value) return Buffer.from(`-${value.error}\r\n`);
  if ('raw' in value) return value.raw;
  if ('array' in value) return Buffer.from(resp === 3 ? '_\r\n' : '*-1\r\n');
  if (isList(value)) return encodeItems(`*${value.length}`, value, resp);
  return encodeItems(resp === 3 ? `%${value.map.length / 2}` : `*${value.map.length}`, value.map, resp);
}

function encodeItems(head: string, items: readonly Value[], resp: 2 | 3): Buffer {
  return Buffer.concat([Buffer.from(`${head}\r\n`), ...items.map((item) => encodeReply(item, resp))]);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isError(value: Value | undefined): value is { readonly error: string } {
  return typeof value === 'object' && value !== null && 'error' in value;
}

export function unknownCommand(words: readonly string[]): Value {
  const [name = '', ...rest] = words;
  return {
    error: `ERR unknown command \`${name}\`, with args beginning with: ${rest.map((word) => `\`${word}\``).join(', ')}`,
  };
}
