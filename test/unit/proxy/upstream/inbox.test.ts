import t from 'tap';
import { Inbox, type PushSink } from '../../../../src/proxy/upstream/inbox.js';
import { ReplySyntaxError } from '../../../../src/resp/reply-scanner.js';
import { SeededRandom } from '../../resp/seeded-random.js';
import { randomResp2, randomResp3 } from '../../resp/traffic.js';
import { RecordingSink } from './recording-sink.js';

/** As the upstream does it: all chunks arrive in the same memory, which is spoilt between two of them. */
function deliver(inbox: Inbox, ...chunks: readonly (string | Buffer)[]): void {
  const memory = Buffer.alloc(256 * 1024);
  for (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk;
    bytes.copy(memory);
    inbox.deliver(memory, bytes.length);
    memory.fill('!', 0, bytes.length);
  }
}

class RecordingPushes implements PushSink {
  readonly output = null;
  /** Whole ones. */
  readonly pushes: string[] = [];
  /** Of the push that is coming. */
  pieces: string[] = [];
  lost = 0;
  readonly #onPush: () => void;

  constructor(onPush: () => void = () => undefined) {
    this.#onPush = onPush;
  }

  isPush(prefix: Buffer): boolean {
    return prefix[0] === 62 || prefix.toString('latin1').startsWith('*3\r\n$7\r\nmessage\r\n');
  }

  onPush(bytes: Buffer, start: number, end: number, ended: boolean): void {
    this.pieces.push(bytes.toString('latin1', start, end));
    if (!ended) return;
    this.pushes.push(this.pieces.splice(0).join(''));
    this.#onPush();
  }

  onUpstreamLost(): void {
    this.lost++;
  }
}

await t.test('replies go to those who asked, however they are cut', async (t) => {
  const frames = ['+OK\r\n', '$5\r\n12345\r\n', '*2\r\n:1\r\n$-1\r\n', '-ERR x\r\n', ':7\r\n', '%1\r\n+a\r\n_\r\n'];
  const all = Buffer.from(frames.join(''));
  const run = (chunks: readonly Buffer[]): RecordingSink[] => {
    const [a, b, c] = [new RecordingSink(), new RecordingSink(), new RecordingSink()];
    const inbox = new Inbox();
    inbox.expect(a, 1);
    inbox.expect(a, 1);
    inbox.expect(b, 1);
    inbox.expect(c, 2);
    inbox.expect(a, 1);
    deliver(inbox, ...chunks);
    t.equal(inbox.answered, 6);
    t.equal(inbox.expected, 0);
    return [a, b, c];
  };
  const check = (chunks: readonly Buffer[], what: string): void => {
    const [a, b, c] = run(chunks);
    t.same(
      [a?.bytes, b?.bytes, c?.bytes],
      ['+OK\r\n$5\r\n12345\r\n%1\r\n+a\r\n_\r\n', frames[2], '-ERR x\r\n:7\r\n'],
      what,
    );
    t.same([a?.frames, b?.frames, c?.frames], [3, 1, 2]);
    t.equal((a?.calls.pieces ?? 0) + (b?.calls.pieces ?? 0) + (c?.calls.pieces ?? 0), 0, 'each in one piece');
  };
  check([all], 'whole');
  check(
    [...all].map((byte) => Buffer.from([byte])),
    'byte by byte',
  );
  for (let at = 1; at < all.length; at++) check([all.subarray(0, at), all.subarray(at)], `split at ${at}`);
  t.equal(run([all])[0]?.calls.whole, 2, 'neighbouring replies of one sink are handed over together');
});

await t.test('random traffic of many sinks, cut at random', async (t) => {
  const random = new SeededRandom(12);
  for (let round = 0; round < 3000; round++) {
    const inbox = new Inbox();
    const sinks = Array.from({ length: 1 + random.below(4) }, () => new RecordingSink());
    const expected = new Map(sinks.map((sink) => [sink, '']));
    let all = '';
    for (let left = 1 + random.below(12); left > 0; left--) {
      const sink = random.pick(sinks);
      const reply = random.below(2) === 0 ? randomResp2(random) : randomResp3(random);
      inbox.expect(sink, 1);
      expected.set(sink, (expected.get(sink) ?? '') + reply);
      all += reply;
    }
    deliver(inbox, ...random.cut(Buffer.from(all, 'latin1'), random.pick([2, 20, 500])));
    const wrong = sinks.filter((sink) => sink.bytes !== expected.get(sink) || !sink.countIsRight);
    if (wrong.length > 0 || inbox.expected !== 0) {
      t.fail(`round ${round}: ${JSON.stringify(all)}`);
      return;
    }
  }
  t.pass();
});

await t.test('what nobody asked for, or what is no reply, throws', async (t) => {
  const answered = (): Inbox => {
    const inbox = new Inbox();
    inbox.expect(new RecordingSink(), 1);
    deliver(inbox, '+OK\r\n');
    return inbox;
  };
  t.throws(() => deliver(new Inbox(), '+OK\r\n'), ReplySyntaxError);
  t.throws(() => deliver(answered(), '+OK\r\n'), ReplySyntaxError);
  t.throws(() => deliver(answered(), '+O'), ReplySyntaxError, 'not even the beginning of one');
  t.throws(() => deliver(answered(), '>1\r\n+x\r\n'), ReplySyntaxError, 'nor a push, when none can come');

  const inbox = new Inbox();
  const asked = new RecordingSink();
  inbox.expect(asked, 1);
  t.throws(() => deliver(inbox, '+OK\r\n+OK\r\n'), ReplySyntaxError);
  t.equal(asked.bytes, '+OK\r\n', 'the reply before it is good');

  const other = new Inbox();
  const victim = new RecordingSink();
  other.expect(victim, 2);
  t.throws(() => deliver(other, '+OK\r\nHTTP/1.1 400\r\n'), ReplySyntaxError);
  other.lose();
  t.equal(victim.lost?.begun, false);
});

await t.test('a small reply is handed over when it is whole, a large one as it comes', async (t) => {
  const inbox = new Inbox();
  const [first, second] = [new RecordingSink(), new RecordingSink()];
  inbox.expect(first, 1);
  inbox.expect(second, 1);
  const size = 1_000_000;
  deliver(inbox, '$10\r\n12345', '678');
  t.equal(first.bytes, '', 'nothing of a small one is told before its end');
  deliver(inbox, `90\r\n$${size}\r\nx`);
  t.equal(first.bytes, '$10\r\n1234567890\r\n');
  t.equal(first.frames, 1);
  t.equal(second.bytes, '');

  const piece = Buffer.alloc(10_000, 'x');
  for (let left = (size - 1) / piece.length; left > 1; left--) deliver(inbox, piece);
  t.ok(second.bytes.length > size - 4 * piece.length, `${second.bytes.length} bytes are passed on already`);
  t.equal(second.frames, 0);
  deliver(inbox, Buffer.alloc(size + 10 - second.bytes.length, 'x').subarray(0, missing(second, size)), '\r\n');
  t.equal(second.frames, 1);
  t.equal(second.bytes, `$${size}\r\n${'x'.repeat(size)}\r\n`);
  t.equal(inbox.expected, 0);
});

/** Bytes of a bulk of `size` that the sink has not got, without the last CR LF. */
function missing(sink: RecordingSink, size: number): number {
  return String(size).length + 3 + size - sink.bytes.length;
}

await t.test('who waits on a lost link is told, and whether a piece has been passed on', async (t) => {
  const lose = (received: string): (RecordingSink['lost'] | string)[] => {
    const inbox = new Inbox();
    const [a, b, c] = [new RecordingSink(), new RecordingSink(), new RecordingSink()];
    inbox.expect(a, 2);
    inbox.expect(b, 1);
    inbox.expect(c, 3);
    deliver(inbox, received);
    inbox.lose();
    t.equal(inbox.expected, 0);
    t.equal(inbox.answered, 6, 'nobody waits for them any more');
    return [a.lost, b.lost, c.lost];
  };
  const none = { begun: false };
  t.same(lose(''), [
    { frames: 2, ...none },
    { frames: 1, ...none },
    { frames: 3, ...none },
  ]);
  t.same(lose('+OK\r\n'), [
    { frames: 1, ...none },
    { frames: 1, ...none },
    { frames: 3, ...none },
  ]);
  t.same(
    lose('+OK\r\n+OK\r\n$5\r\n12'),
    [null, { frames: 1, ...none }, { frames: 3, ...none }],
    'a small piece was kept back',
  );
  t.same(
    lose(`+OK\r\n$100000\r\n${'x'.repeat(20_000)}`),
    [
      { frames: 1, begun: true },
      { frames: 1, ...none },
      { frames: 3, ...none },
    ],
    'a large one was not',
  );
});

await t.test('one error answers a whole SUBSCRIBE', async (t) => {
  for (const pushes of [new RecordingPushes(), null]) {
    const inbox = new Inbox();
    inbox.pushSink = pushes;
    const subscribe = new RecordingSink({ oneErrorEndsAll: true });
    const next = new RecordingSink();
    inbox.expect(subscribe, 3);
    inbox.expect(next, 1);
    deliver(inbox, '-NOPERM no\r\n:1\r\n');
    t.equal(subscribe.bytes, '-NOPERM no\r\n', pushes === null ? 'without pushes about' : 'with pushes about');
    t.equal(subscribe.frames, 3);
    t.equal(next.bytes, ':1\r\n');
    t.equal(inbox.expected, 0);
  }
  const inbox = new Inbox();
  const pipeline = new RecordingSink();
  inbox.expect(pipeline, 3);
  deliver(inbox, '-ERR 1\r\n');
  t.equal(inbox.expected, 2, 'an error in a pipeline is one reply');
});

await t.test('pushes go their own way, wherever they stand and however they are cut', async (t) => {
  const push = '>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n';
  const message = '*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\n\r\n\r\n';
  const all = Buffer.from(`${push}+1\r\n${message}${push}*3\r\n$7\r\nmassage\r\n:1\r\n:2\r\n$3\r\nabc\r\n${message}`);
  const check = (chunks: readonly Buffer[], what: string): void => {
    const order: string[] = [];
    const inbox = new Inbox();
    const pushes = new RecordingPushes(() => order.push('push'));
    const sink = new RecordingSink({ onReply: () => order.at(-1) !== 'reply' && order.push('reply') });
    inbox.pushSink = pushes;
    inbox.expect(sink, 3);
    deliver(inbox, ...chunks);
    t.same(pushes.pushes, [push, message, push, message], what);
    t.equal(sink.bytes, '+1\r\n*3\r\n$7\r\nmassage\r\n:1\r\n:2\r\n$3\r\nabc\r\n');
    t.equal(sink.frames, 3);
    t.same(order, ['push', 'reply', 'push', 'push', 'reply', 'push'], 'in their order');
  };
  check([all], 'whole');
  check(
    [...all].map((byte) => Buffer.from([byte])),
    'byte by byte',
  );
  for (let at = 1; at < all.length; at++) check([all.subarray(0, at), all.subarray(at)], `split at ${at}`);

  const inbox = new Inbox();
  const pushes = new RecordingPushes();
  inbox.pushSink = pushes;
  const large = `>2\r\n$7\r\nmessage\r\n$200000\r\n${'m'.repeat(200_000)}\r\n`;
  deliver(inbox, ...new SeededRandom(13).cut(Buffer.from(large), 30_000));
  t.ok(pushes.pushes[0] === large, 'a large one arrives');
  deliver(inbox, large.slice(0, 10_000));
  t.equal(pushes.pieces.length, 0, 'while it is small it is kept until it is whole');
  deliver(inbox, large.slice(10_000, 20_000), large.slice(20_000, 30_000));
  t.same(pushes.pieces, [large.slice(0, 20_000), large.slice(20_000, 30_000)], 'a large one is handed on as it comes');
  deliver(inbox, `${large.slice(30_000)}>1\r\n+next\r\n`);
  t.ok(pushes.pushes[1] === large, 'and has an end');
  t.equal(pushes.pushes[2], '>1\r\n+next\r\n');
  t.throws(() => deliver(inbox, '+x\r\n'), ReplySyntaxError, 'what is neither asked for nor a push throws here too');
  inbox.lose();
  t.equal(pushes.lost, 1);
});

await t.test('a large reply streams though pushes are about', async (t) => {
  const inbox = new Inbox();
  const pushes = new RecordingPushes();
  inbox.pushSink = pushes;
  const sink = new RecordingSink();
  inbox.expect(sink, 1);
  // What looks like a push inside a value is a part of the value.
  const reply = `$300000\r\n${'>1\r\n+x\r\n'.repeat(37_500)}\r\n`;
  deliver(inbox, ...new SeededRandom(14).cut(Buffer.from(reply), 9000), '>1\r\n+push\r\n');
  t.ok(sink.bytes === reply);
  t.equal(sink.frames, 1);
  t.ok(sink.calls.pieces > 5);
  t.same(pushes.pushes, ['>1\r\n+push\r\n']);
});

await t.test('a sink may ask again while it is answered', async (t) => {
  const inbox = new Inbox();
  let asked = 0;
  const chatty: RecordingSink = new RecordingSink({
    onReply: () => (++asked < 100 ? inbox.expect(chatty, 1) : undefined),
  });
  inbox.expect(chatty, 1);
  deliver(inbox, '+OK\r\n'.repeat(100));
  t.equal(chatty.frames, 100);
  t.equal(inbox.expected, 0);
});

await t.test('of a large reply a small first piece is not copied together with the rest', async (t) => {
  for (const [size, pieces] of [
    [1000, 0],
    [64 * 1024, 1],
  ] as const) {
    const [sink, next] = [new RecordingSink(), new RecordingSink()];
    const inbox = new Inbox();
    inbox.expect(sink, 1);
    inbox.expect(next, 1);
    const reply = Buffer.from(`$${size}\r\n${'x'.repeat(size)}\r\n`);
    deliver(inbox, reply.subarray(0, 100), Buffer.concat([reply.subarray(100), Buffer.from('+OK\r\n')]));
    t.same(sink.calls, { whole: 1, pieces }, `${size} bytes`);
    t.equal(sink.bytes, reply.toString());
    t.equal(next.bytes, '+OK\r\n');
  }
});
