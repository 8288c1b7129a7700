/** Beyond 256 KB a value passes through Holdfast on a connection of its own. */
const BIG_BYTES = 300 * 1024;

/** A value that says in every piece who wrote it: one that was put together of two is seen. */
export function bigValue(token: string, bytes = BIG_BYTES): string {
  const piece = `${token};`;
  return piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes);
}

/** Who wrote it; what is no such value is given back as what it is, shortened, and is nobody's. */
export function tokenOf(value: string | null): string | null {
  if (value === null) return null;
  const token = value.slice(0, value.indexOf(';'));
  return bigValue(token, value.length) === value ? token : `torn: ${value.slice(0, 60)}… of ${value.length} bytes`;
}
