import { MessageChannel } from 'node:worker_threads';

/** Memory of this size, bytes, is worth freeing at once; below, that costs more than the garbage. */
export const FREED_BYTES = 16 * 1024;

const { port1: nowhere, port2 } = new MessageChannel();
port2.close();
nowhere.unref();

/**
 * Gives the memory of `bytes` back at once; nobody may look at it afterwards. The pieces of large values would otherwise lie about
 * as garbage, of which V8 collects none before there are some 40 MB. What is transferred to a port that nobody
 * listens at is freed, which takes about 1 µs.
 *
 * @param bytes memory of its own: a buffer that shares its `ArrayBuffer` with others is left to the collector.
 */
export function freeMemory(bytes: Buffer): void {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== bytes.length) return;
  nowhere.postMessage(null, [buffer]);
}
