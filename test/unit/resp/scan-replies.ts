import { ReplyScanner } from '../../../src/resp/reply-scanner.js';

/**
 * Where the scanner sees frames end when the chunks arrive one after the other, as positions in all of them together.
 * `text` of the error is the last entry when it throws.
 */
export function scanReplies(chunks: readonly Buffer[], scanner = new ReplyScanner()): (number | string)[] {
  const ends: (number | string)[] = [];
  let before = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      let end: number;
      try {
        end = scanner.scan(chunk, at, chunk.length);
      } catch (error) {
        return [...ends, error instanceof Error ? error.name : 'not an error'];
      }
      if (end < 0) break;
      ends.push(before + end);
      at = end;
    }
    before += chunk.length;
  }
  return ends;
}
