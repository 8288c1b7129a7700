import { MessageChannel } from 'node:worker_threads';

/** Memory of this size, bytes, is worth freeing at once; below, that costs more than the garbage. */
export const FREED_BYTES = 16 * 1024;

const { port1: nowhere, port2 } = new MessageChannel();
port2.close();
nowhere.unref();

/** Memory that is kept for use again comes in multiples of this many bytes … */
const GRAIN_BYTES = 16 * 1024;
/** … up to this size: what is larger is a piece of something that is seldom so large. */
const MAX_KEPT_BYTES = 512 * 1024;
/** So much of it lies about unused at most. */
const MAX_UNUSED_BYTES = 8 * 1024 * 1024;

/** By size in grains. */
const unused: ArrayBuffer[][] = Array.from({ length: MAX_KEPT_BYTES / GRAIN_BYTES + 1 }, () => []);
let unusedBytes = 0;
/** When memory of a size was asked for last, by size in grains, counted in what was asked for. */
const askedAt = new Float64Array(unused.length);
let asked = 0;
/** Those that were made here, and so may be used again. */
const own = new WeakSet<ArrayBuffer>();

/** Memory of `size` bytes, whatever is in it; give it back with {@link freeMemory} where nobody looks at it any more. */
export function takeMemory(size: number): Buffer {
  if (size < FREED_BYTES || size > MAX_KEPT_BYTES) return Buffer.allocUnsafe(size);
  const grains = Math.ceil(size / GRAIN_BYTES);
  askedAt[grains] = ++asked;
  const used = unused[grains]?.pop();
  if (used !== undefined) {
    unusedBytes -= used.byteLength;
    return Buffer.from(used, 0, size);
  }
  const { buffer } = Buffer.allocUnsafeSlow(grains * GRAIN_BYTES);
  own.add(buffer);
  return Buffer.from(buffer, 0, size);
}

/**
 * Gives the memory of `bytes` back at once; nobody may look at it afterwards, nor give it back again. The pieces of large
 * values would otherwise lie about as garbage, of which V8 collects none before there are some 40 MB. What {@link takeMemory}
 * gave is kept for its next caller, up to a limit: memory that has just been used is the fastest. What is transferred to
 * a port that nobody listens at is freed, which takes about 1 µs.
 *
 * @param bytes memory of its own: a buffer that shares its `ArrayBuffer` with others is left to the collector.
 */
export function freeMemory(bytes: Buffer): void {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer)) return;
  if (own.has(buffer)) {
    while (unusedBytes + buffer.byteLength > MAX_UNUSED_BYTES) releaseOne();
    unused[buffer.byteLength / GRAIN_BYTES]?.push(buffer);
    unusedBytes += buffer.byteLength;
    return;
  }
  if (buffer.byteLength === bytes.length) release(buffer);
}

/** Gives one of the unused pieces back to the system, of the size that nobody has asked for for the longest time. */
function releaseOne(): void {
  let oldest: ArrayBuffer[] = [];
  let oldestAskedAt = Number.POSITIVE_INFINITY;
  for (const [grains, pieces] of unused.entries()) {
    const at = askedAt[grains] ?? 0;
    if (pieces.length === 0 || at >= oldestAskedAt) continue;
    oldest = pieces;
    oldestAskedAt = at;
  }
  const buffer = oldest.pop();
  if (buffer === undefined) throw new Error('the unused memory is miscounted');
  unusedBytes -= buffer.byteLength;
  release(buffer);
}

/** The memory is gone when this returns, and what shows it is empty. */
function release(buffer: ArrayBuffer): void {
  nowhere.postMessage(null, [buffer]);
}
