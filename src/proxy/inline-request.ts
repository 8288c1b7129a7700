import { encodeRequest } from '../resp/encode.js';
import { UNAUTHENTICATED_ARGUMENTS, UNAUTHENTICATED_BULK_BYTES } from '../resp/request-scanner.js';
import { splitInline } from '../resp/inline.js';
import type { InputBuffer } from './input-buffer.js';

/**
 * Turns the inline request that stands at `input.start … lineEnd` into an array of bulks, so that everything behind here
 * knows one form.
 *
 * @param small the client is unauthenticated: an inline request may have more and longer words than an array then, and is
 * answered with an error that shows only the first of them, so the rest is left out.
 * @returns false when its quotes are unbalanced.
 */
export function rewriteInline(input: InputBuffer, lineEnd: number, small: boolean): boolean {
  const line = input.bytes.subarray(input.start, lineEnd);
  const args = splitInline(line.subarray(0, line.at(-2) === 13 ? -2 : -1));
  if (args === null) return false;
  input.start = lineEnd;
  const kept = small ? args.slice(0, UNAUTHENTICATED_ARGUMENTS).map(shortened) : args;
  if (kept.length > 0) input.prepend(encodeRequest(kept));
  return true;
}

function shortened(word: Buffer): Buffer {
  return word.subarray(0, UNAUTHENTICATED_BULK_BYTES);
}
