/** RESP2, as a server writes it. */
export type Value =
  string | number | null | { readonly status: string } | { readonly error: string } | readonly Value[];

export const OK: Value = { status: 'OK' };

export function encodeReply(value: Value): Buffer {
  if (value === null) return Buffer.from('$-1\r\n');
  if (typeof value === 'number') return Buffer.from(`:${value}\r\n`);
  if (typeof value === 'string') return Buffer.from(`$${Buffer.byteLength(value)}\r\n${value}\r\n`);
  if ('status' in value) return Buffer.from(`+${value.status}\r\n`);
  if ('error' in value) return Buffer.from(`-${value.error}\r\n`);
  return Buffer.concat([Buffer.from(`*${value.length}\r\n`), ...value.map(encodeReply)]);
}

export function unknownCommand(words: readonly string[]): Value {
  const [name = '', ...rest] = words;
  return {
    error: `ERR unknown command \`${name}\`, with args beginning with: ${rest.map((word) => `\`${word}\``).join(', ')}`,
  };
}
