import t from 'tap';
import { ClientFrames, clientKeys, readMark } from '../../../bench/load/frames.js';
import { OPERATION, type Operation } from '../../../bench/load/operation.js';

const SIZE = 64;

function frame(operation: Operation, key: number, sequence: number): string {
  const frames = new ClientFrames('p', 7, SIZE);
  const target = Buffer.alloc(frames.byteLength(operation));
  t.equal(frames.write(target, 0, operation, key, sequence), target.length, 'the frame fills its length');
  return target.toString('latin1');
}

await t.test('the frames are what the servers expect', async (t) => {
  t.equal(frame(OPERATION.incr, 0, 0), '*2\r\n$4\r\nINCR\r\n$14\r\np:0007:counter\r\n');
  t.equal(frame(OPERATION.get, 3, 0), '*2\r\n$3\r\nGET\r\n$11\r\np:0007:k003\r\n');
  t.equal(frame(OPERATION.rpush, 0, 42), '*3\r\n$5\r\nRPUSH\r\n$11\r\np:0007:list\r\n$10\r\n0000000042\r\n');
});

await t.test('a SET carries a value of the wanted size with a mark that can be read back', async (t) => {
  const parts = frame(OPERATION.set, 12, 4_711).split('\r\n');
  t.same(parts.slice(0, 6), ['*3', '$3', 'SET', '$11', 'p:0007:k012', `$${SIZE}`]);
  const value = Buffer.from(parts[6] ?? '');
  t.equal(value.length, SIZE);
  t.same(readMark(value, 0, value.length), { client: 7, key: 12, sequence: 4_711 });
});

await t.test('a value of the smallest size has a mark too', async (t) => {
  const frames = new ClientFrames('p', 1, 20);
  const target = Buffer.alloc(frames.byteLength(OPERATION.set));
  frames.write(target, 0, OPERATION.set, 2, 9_999_999_999);
  const value = target.subarray(target.length - 22, target.length - 2);
  t.same(readMark(value, 0, value.length), { client: 1, key: 2, sequence: 9_999_999_999 });
  t.throws(() => new ClientFrames('p', 1, 19), RangeError);
});

await t.test('something else than a mark is not read as one', async (t) => {
  for (const text of [
    '',
    '0001:002:0000000003',
    '0001:002:000000000x:',
    '0001:0x2:0000000003:',
    '0001:002:0000000003x',
  ]) {
    const bytes = Buffer.from(text);
    t.equal(readMark(bytes, 0, bytes.length), null, text);
  }
});

await t.test('each client has keys of its own', async (t) => {
  const names = [1, 2]
    .map((client) => clientKeys('p', client))
    .flatMap(({ counter, list, values }) => [counter, list, ...values]);
  t.equal(new Set(names).size, names.length);
});
