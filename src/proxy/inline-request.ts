import { encodeRequest } from '../resp/encode.js';
import { splitInline } from '../resp/inline.js';
import type { InputBuffer } from './input-buffer.js';

/**
 * Turns the inline request that stands at `input.start … lineEnd` into an array of bulks, so that everything behind here
 * knows one form.
 *
 * @returns false when its quotes are unbalanced.
 */
export function rewriteInline(input: InputBuffer, lineEnd: number): boolean {
  const line = input.bytes.subarray(input.start, lineEnd);
  const args = splitInline(line.subarray(0, line.at(-2) === 13 ? -2 : -1));
  if (args === null) return false;
  input.start = lineEnd;
  if (args.length > 0) input.prepend(encodeRequest(args));
  return true;
}
