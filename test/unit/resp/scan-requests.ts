import { decodeRequest } from '../../../src/resp/decode.js';
import { RequestScanner, Scan } from '../../../src/resp/request-scanner.js';

export const LIMITS = { maxBulkBytes: 512 * 1024 * 1024 };

/** Something else stands before the frame in the buffer, more of it each time: positions are absolute. */
const BEFORE = Buffer.from('*1\r\n$4\r\nQUIT\r\n');

/**
 * What the scanner finds when the chunks arrive one after the other: `[name, second, …]` of a request (as the scanner's
 * positions say, then as decoded), `inline: …`, `empty`, `error: …`; and `rest: n` when bytes are left over.
 */
export function scanRequests(chunks: readonly Buffer[], scanner = new RequestScanner(LIMITS)): unknown[] {
  const found: unknown[] = [];
  let start = 0;
  let bytes = Buffer.alloc(0);
  let shift = 0;
  for (const chunk of chunks) {
    shift = (shift + 1) % BEFORE.length;
    bytes = Buffer.concat([BEFORE.subarray(0, shift), bytes.subarray(start), chunk]);
    start = shift;
    while (start < bytes.length) {
      const scan = scanner.scan(bytes, start, bytes.length);
      if (scan === Scan.Partial) break;
      if (scan === Scan.Invalid) return [...found, `error: ${scanner.error}`];
      if (scan === Scan.Empty) found.push('empty');
      if (scan === Scan.Inline) found.push(`inline: ${bytes.toString('latin1', start, scanner.frameEnd)}`);
      if (scan === Scan.Complete) found.push(request(scanner, bytes, start));
      start = scanner.frameEnd;
    }
  }
  if (start < bytes.length) found.push(`rest: ${bytes.length - start}`);
  return found;
}

function request(scanner: RequestScanner, bytes: Buffer, start: number): unknown {
  const args = decodeRequest(bytes.subarray(start, scanner.frameEnd)).map((arg) => arg.toString('latin1'));
  const { nameStart, nameLength, secondStart, secondLength } = scanner;
  return {
    name: bytes.toString('latin1', nameStart, nameStart + nameLength),
    second: secondLength < 0 ? null : bytes.toString('latin1', secondStart, secondStart + secondLength),
    count: scanner.argumentCount,
    args,
  };
}

/** What {@link scanRequests} tells of a request. */
export function seen(...args: readonly string[]): unknown {
  return { name: args[0], second: args[1] ?? null, count: args.length, args };
}

/** `text` byte by byte. */
export function eachByte(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.from([byte]));
}
