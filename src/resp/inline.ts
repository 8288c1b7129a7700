/**
 * Splits an inline request (`SET "a b" c`) as Redis' `sdssplitargs` does: double quotes with escapes (`\n \r \t \b \a
 * \xHH`), single quotes with `\'`, blanks between.
 *
 * @returns `null` when the quotes are unbalanced.
 */
export function splitInline(line: Buffer): Buffer[] | null {
  const args: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isBlank(line[at])) at++;
    if (at >= line.length || line[at] === 0) return args;
    const current: number[] = [];
    let quote = 0;
    for (;;) {
      const byte = line[at];
      if (byte === undefined || byte === 0) {
        if (quote !== 0) return null;
        at = byte === undefined ? at : line.length;
        break;
      }
      if (quote === DOUBLE && byte === BACKSLASH) {
        at = unescape(line, at, current);
        continue;
      }
      if (quote === SINGLE && byte === BACKSLASH && line[at + 1] === SINGLE) {
        current.push(SINGLE);
        at += 2;
        continue;
      }
      if (quote !== 0 && byte === quote) {
        // A closing quote must be followed by a blank or the end.
        const next = line[at + 1];
        if (next !== undefined && !isBlank(next)) return null;
        at++;
        break;
      }
      if (quote === 0 && endsWord(byte)) break;
      if (quote === 0 && (byte === DOUBLE || byte === SINGLE)) quote = byte;
      else current.push(byte);
      at++;
    }
    args.push(Buffer.from(current));
  }
}

const DOUBLE = 34;
const SINGLE = 39;
const BACKSLASH = 92;
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, a: 7 };

/** Takes the escape at `at` into `out`. @returns the position behind it. */
function unescape(line: Buffer, at: number, out: number[]): number {
  const next = line[at + 1];
  if (next === undefined) {
    out.push(BACKSLASH);
    return at + 1;
  }
  const hex = line.toString('latin1', at + 2, at + 4);
  if (next === 120 && /^[0-9a-fA-F]{2}$/.test(hex)) {
    out.push(Number.parseInt(hex, 16));
    return at + 4;
  }
  out.push(ESCAPES[String.fromCharCode(next)] ?? next);
  return at + 2;
}

/** What ends a word: less than what may stand between words. */
function endsWord(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

/** C's `isspace`. */
function isBlank(byte: number | undefined): boolean {
  return byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
}
