/** Below this many bytes a loop is faster than `Buffer.copy`, which makes a view of the source first. */
const LOOP_BYTES = 48;

/** Copies `source[start … end)` to `target[at …]`, where there must be room for it. */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): void {
  if (end - start > LOOP_BYTES) {
    source.copy(target, at, start, end);
    return;
  }
  for (let from = start, to = at; from < end; from++, to++) target[to] = source[from] ?? 0;
}
