import t from 'tap';
import { InputBuffer } from '../../../../src/proxy/client/input-buffer.js';
import { SeededRandom } from '../../resp/seeded-random.js';

/** A chunk in memory of its own, all of it. */
function append(input: InputBuffer, chunk: Buffer, expected: number): void {
  for (let at = 0; at < chunk.length;) at = input.take(chunk, at, chunk.length, false, expected);
}

const text = (input: InputBuffer): string => input.bytes.toString('latin1', input.start, input.end);

await t.test('a chunk is used where it lies', async (t) => {
  const input = new InputBuffer();
  t.equal(input.length, 0);
  const chunk = Buffer.from('PING\r\n');
  append(input, chunk, 0);
  t.equal(input.bytes, chunk);
  input.start = input.end;
  const next = Buffer.from('GET\r\n');
  append(input, next, 0);
  t.equal(input.bytes, next, 'when nothing is left of the one before');
});

await t.test('what is left and what comes stand together, and the chunk is not written to', async (t) => {
  const input = new InputBuffer();
  const chunk = Buffer.from('abcdef');
  append(input, chunk, 0);
  input.start = 4;
  append(input, Buffer.from('gh'), 0);
  t.equal(text(input), 'efgh');
  t.equal(input.length, 4);
  t.equal(chunk.toString(), 'abcdef');
});

await t.test('a request whose size is known gets what it needs, in few steps, and no more', async (t) => {
  const input = new InputBuffer();
  const memories = new Set<Buffer>();
  for (let left = 100; left > 0; left--) {
    append(input, Buffer.alloc(1000, 'z'), 100_000);
    memories.add(input.bytes);
  }
  t.equal(input.length, 100_000);
  t.ok(input.bytes.length <= 101_000, `${input.bytes.length} bytes`);
  t.ok(memories.size <= 9, `${memories.size} pieces of memory`);
});

await t.test('40 bytes that announce 16 MB get memory for 40 bytes', async (t) => {
  const input = new InputBuffer();
  for (let left = 40; left > 0; left--) append(input, Buffer.from('x'), 16 * 1024 * 1024);
  t.ok(input.bytes.length <= 80, `${input.bytes.length} bytes`);
});

await t.test('a request that trickles in is not copied for each byte, nor given far too much', async (t) => {
  const input = new InputBuffer();
  const memories = new Set<Buffer>();
  for (let left = 50_000; left > 0; left--) {
    append(input, Buffer.from('x'), 0);
    memories.add(input.bytes);
  }
  t.ok(memories.size < 40, `${memories.size} pieces of memory for 50,000 bytes`);
  t.ok(input.bytes.length <= 2 * 50_000);
  t.equal(input.length, 50_000);
});

await t.test('bytes can be put before what is there', async (t) => {
  const input = new InputBuffer();
  append(input, Buffer.from('PING\r\nGET a\r\n'), 0);
  input.start = 6;
  input.prepend(Buffer.from('*1\r\n$4\r\nPING\r\n'));
  t.equal(text(input), '*1\r\n$4\r\nPING\r\nGET a\r\n');
  append(input, Buffer.from('more'), 0);
  t.equal(text(input), '*1\r\n$4\r\nPING\r\nGET a\r\nmore');
});

await t.test('consumed memory is let go, unconsumed is kept', async (t) => {
  const input = new InputBuffer();
  append(input, Buffer.alloc(100_000), 0);
  input.start = 99_999;
  input.release();
  t.equal(input.length, 1);
  input.start++;
  input.release();
  t.equal(input.length, 0);
  t.equal(input.bytes.length, 0);
  append(input, Buffer.from('PING'), 0);
  t.equal(text(input), 'PING');
});

await t.test('lent memory is used where it lies, and what is left of it is copied before it changes', async (t) => {
  const input = new InputBuffer();
  const shared = Buffer.from('PING\r\nGET a');
  input.take(shared, 0, 11, true, 0);
  t.equal(input.bytes, shared);
  t.equal(input.give(11), null, 'nobody may keep it');
  const frame = input.frame(6);
  input.start = 6;
  input.settle(20);
  shared.fill('#');
  t.equal(text(input), 'GET a');
  t.equal(frame.toString(), 'PING\r\n', 'a request that is kept is a copy');
  t.ok(input.bytes.length <= 20, 'room for the request that stands there, and no more');
  input.take(Buffer.from('bc##'), 0, 2, true, 20);
  t.equal(text(input), 'GET abc', 'the next chunk is copied behind it');
  input.start = input.end;
  input.release();
  input.take(shared, 0, 3, true, 0);
  input.start = 3;
  input.release();
  input.settle(0);
  t.equal(input.bytes.length, 0, 'of what is consumed, nothing is kept');
});

await t.test('what is missing of a request is taken, and what is behind it stays where it lies', async (t) => {
  const input = new InputBuffer();
  append(input, Buffer.from('abc'), 0);
  const shared = Buffer.from('deGET x');
  t.equal(input.take(shared, 0, 7, true, 5), 2);
  t.equal(text(input), 'abcde');
  t.equal(input.give(input.end), input.bytes, 'the request alone is in its memory');
  t.equal(input.give(input.end), null, 'which is given once');
  input.start = input.end;
  input.release();
  t.equal(input.take(shared, 2, 7, true, 0), 7);
  t.equal(text(input), 'GET x');
  t.equal(input.bytes, shared);
});

await t.test('memory that is more than the request is not given away with it', async (t) => {
  const input = new InputBuffer();
  append(input, Buffer.from('abc'), 0);
  append(input, Buffer.from('de'), 0);
  t.ok(input.bytes.length > input.end, 'there is room for more');
  t.equal(input.give(input.end), null, 'whatever was in it before would go along');
  append(input, Buffer.alloc(input.bytes.length - input.end, 'f'), 0);
  t.equal(input.give(input.end - 1), null, 'another request stands behind it');
  input.start = 1;
  t.equal(input.give(input.end), null, 'another one stood before it');
  input.start = 0;
  t.equal(input.give(input.end), input.bytes);
});

await t.test('a line that is never complete is not taken byte by byte', async (t) => {
  const input = new InputBuffer();
  append(input, Buffer.from('*1'), 0);
  const shared = Buffer.alloc(60_000, '1');
  let at = 0;
  let steps = 0;
  for (; at < shared.length; steps++) at = input.take(shared, at, shared.length, true, input.length + 1);
  t.ok(steps < 20, `${steps} steps`);
  t.equal(input.length, 60_002);
});

await t.test('it holds what a plain string would hold', async (t) => {
  const random = new SeededRandom(17);
  const input = new InputBuffer();
  const shared = Buffer.alloc(64);
  let model = '';
  for (let step = 0; step < 20_000; step++) {
    switch (random.below(8)) {
      case 0:
        input.release();
        break;
      case 1: {
        const before = random.bytes(10);
        input.prepend(Buffer.from(before, 'latin1'));
        model = before + model;
        break;
      }
      case 2:
      case 3:
      case 4: {
        const taken = random.below(model.length + 1);
        input.start += taken;
        model = model.slice(taken);
        break;
      }
      case 5: {
        const chunk = random.bytes(50);
        shared.fill('#');
        const size = shared.write(chunk, 'latin1');
        if (size === 0) break;
        for (let at = 0; at < size;) at = input.take(shared, at, size, true, random.below(200));
        input.settle(random.below(200));
        model += chunk;
        break;
      }
      default: {
        const chunk = random.bytes(50) + 'x';
        append(input, Buffer.from(chunk, 'latin1'), random.below(200));
        model += chunk;
      }
    }
    if (text(input) !== model || input.length !== model.length) {
      t.fail(`step ${step}`);
      return;
    }
  }
  t.pass();
});

/** What a request of 40,000 bytes, cut in two, was gathered in. */
function gather(input: InputBuffer): ArrayBufferLike {
  const chunk = Buffer.alloc(40_000, 'x');
  input.take(chunk, 0, 30_000, true, 40_000);
  input.settle(40_000);
  input.take(chunk, 30_000, 40_000, true, 40_000);
  return input.bytes.buffer;
}

await t.test('memory is used again when nothing in it is wanted any more', async (t) => {
  const input = new InputBuffer();
  const memory = gather(input);
  input.start = input.end;
  input.release();
  t.equal(gather(input), memory);
  const other = gather(new InputBuffer());
  t.not(other, memory, 'and not before');

  const small = Buffer.alloc(17_000, 'x');
  const growing = new InputBuffer();
  growing.take(small, 0, 17_000, true, 70_000);
  growing.settle(70_000);
  const first = growing.bytes.buffer;
  growing.take(small, 0, 17_000, true, 70_000);
  growing.take(small, 0, 17_000, true, 70_000);
  t.not(growing.bytes.buffer, first, 'it has moved to a larger one');
  const later = new InputBuffer();
  later.take(small, 0, 17_000, true, 70_000);
  later.settle(70_000);
  t.equal(later.bytes.buffer, first);
});

await t.test('memory that somebody has, or may look at, is left to them', async (t) => {
  const input = new InputBuffer();
  const given = gather(input);
  t.ok(input.give(input.end));
  input.start = input.end;
  input.release();
  const shown = gather(input);
  t.not(shown, given);
  const frame = input.frame(input.end);
  t.equal(input.give(input.end), null);
  input.start = input.end;
  input.release();
  t.not(gather(input), shown);
  t.ok(frame.equals(Buffer.alloc(40_000, 'x')));
});
