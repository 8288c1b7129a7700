/** How many values follow the header line of an aggregate, for each unit of its length. */
const VALUES_PER_UNIT: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2, '|': 2 };

/**
 * Finds the end of one RESP2 or RESP3 value. Written for tests, apart from the scanner of the product, so that one can
 * be checked against the other; clear rather than fast.
 *
 * @returns the index behind the value that starts at `start`, or -1 while it is incomplete.
 */
export function frameEnd(bytes: Buffer, start: number): number {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return -1;
  const next = lineEnd + 2;
  const type = String.fromCharCode(bytes[start] ?? 0);
  const length = Number(bytes.toString('latin1', start + 1, lineEnd));

  if (type === '$' || type === '=' || type === '!') {
    if (length < 0) return next;
    return next + length + 2 <= bytes.length ? next + length + 2 : -1;
  }
  const perUnit = VALUES_PER_UNIT[type];
  if (perUnit === undefined) return next;
  // An attribute stands before the value it speaks of: both are one frame.
  const values = Math.max(length, 0) * perUnit + (type === '|' ? 1 : 0);
  let at = next;
  for (let i = 0; i < values; i++) {
    at = frameEnd(bytes, at);
    if (at < 0) return -1;
  }
  return at;
}
