import { encodeRequest } from '../../resp/encode.js';
import { UNAUTHENTICATED_ARGUMENTS, UNAUTHENTICATED_BULK_BYTES } from '../../resp/request-scanner.js';
import { splitInline } from '../../resp/inline.js';
import type { InputBuffer } from './input-buffer.js';

/** Longer lines are rewritten alone: the scanner, which knows the limits, looks at each of them first. */
const MAX_GATHERED_LINE_BYTES = 1024;

/**
 * Turns the inline request that stands at `input.start … lineEnd` into an array of bulks, so that everything behind here
 * knows one form. The inline requests that follow are turned with it: one by one, each would copy all that is behind it.
 *
 * @param small the client is unauthenticated: an inline request may have more and longer words than an array then, and is
 * answered with an error that shows only the first of them, so the rest is left out. It is turned alone, since it may
 * authenticate the client.
 * @returns false when the quotes of the first are unbalanced.
 */
export function rewriteInline(input: InputBuffer, lineEnd: number, small: boolean): boolean {
  const { bytes } = input;
  const requests: Buffer[] = [];
  let at = input.start;
  for (let end = lineEnd; end > 0; end = small ? 0 : endOfNext(input, at)) {
    const args = splitInline(bytes.subarray(at, bytes[end - 2] === CR ? end - 2 : end - 1));
    if (args === null) break;
    const kept = small ? args.slice(0, UNAUTHENTICATED_ARGUMENTS).map(shortened) : args;
    if (kept.length > 0) requests.push(encodeRequest(kept));
    at = end;
    // Behind it the client may be one that has not authenticated.
    if (args[0]?.toString('latin1').toLowerCase() === 'reset') break;
  }
  if (at === input.start) return false;
  input.start = at;
  if (requests.length > 0) input.prepend(Buffer.concat(requests));
  return true;
}

function shortened(word: Buffer): Buffer {
  return word.subarray(0, UNAUTHENTICATED_BULK_BYTES);
}

/** @returns where the inline request at `at` ends, line break included; 0 when none, or none that is short, is complete there. */
function endOfNext(input: InputBuffer, at: number): number {
  if (at >= input.end || input.bytes[at] === ARRAY) return 0;
  const line = input.bytes.subarray(at, Math.min(input.end, at + MAX_GATHERED_LINE_BYTES));
  const found = line.indexOf(LF);
  // A NUL is the scanner's business.
  return found < 0 || line.subarray(0, found).includes(0) ? 0 : at + found + 1;
}

const ARRAY = 42;
const LF = 10;
const CR = 13;
