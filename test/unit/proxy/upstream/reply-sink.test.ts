import t from 'tap';
import { FrameWatcher, ReplyCollector } from '../../../../src/proxy/upstream/reply-sink.js';
import { RecordingSink } from './recording-sink.js';

await t.test('a collector puts pieces together, in memory of its own', async (t) => {
  const frames: Buffer[] = [];
  let lost = 0;
  const collector = new ReplyCollector(
    (frame) => frames.push(frame),
    () => lost++,
  );
  const memory = Buffer.from('..$5\r\nhe');
  collector.onReply(memory, 2, 8, 0);
  t.equal(frames.length, 0);
  memory.fill('!');
  collector.onReply(Buffer.from('llo\r\n+x'), 0, 5, 1);
  collector.onReply(Buffer.from('+OK\r\n'), 0, 5, 1);
  t.same(frames.map(String), ['$5\r\nhello\r\n', '+OK\r\n']);
  collector.onLost();
  t.equal(lost, 1);
});

await t.test('a watcher sees the first byte of each reply and passes everything on', async (t) => {
  const to = new RecordingSink();
  let seen = '';
  const watcher = new FrameWatcher(to, (byte) => (seen += String.fromCharCode(byte)));
  t.equal(watcher.oneErrorEndsAll, false);
  t.equal(new FrameWatcher(to, () => undefined, true).oneErrorEndsAll, true);
  watcher.onReply(Buffer.from('xx-ERR'), 2, 6, 0);
  watcher.onReply(Buffer.from('+ and'), 0, 5, 0);
  watcher.onReply(Buffer.from(':\r\n'), 0, 3, 1);
  watcher.onReply(Buffer.from('+OK\r\n'), 0, 5, 1);
  t.equal(seen, '-+');
  t.equal(to.bytes, '-ERR+ and:\r\n+OK\r\n');
  t.equal(to.frames, 2);
  watcher.onLost(3, true);
  t.same(to.lost, { frames: 3, begun: true });
});
