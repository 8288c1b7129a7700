import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { CommandTable } from '../../../../src/command/command-table.js';
import type { Client } from '../../../../src/proxy/client/client.js';
import { Recall } from '../../../../src/proxy/client/recall.js';
import type { SentRequest } from '../../../../src/proxy/upstream/reply-sink.js';
import type { Upstream } from '../../../../src/proxy/upstream/upstream.js';
import { encodeRequest } from '../../../../src/resp/encode.js';
import { RecordingSink } from '../upstream/recording-sink.js';

const REFUSAL = "-READONLY You can't write against a read only replica.\r\n";
const UNANSWERED = encodeRequest(['HOLDFAST:UNANSWERED']).toString();

const entry = (name: string, ...flags: readonly string[]): readonly unknown[] => [name, -1, flags, 1, 1, 1];
const table = CommandTable.fromCommandReply([
  entry('get', 'readonly'),
  entry('set', 'write'),
  entry('eval', 'noscript', 'may_replicate'),
]);

/** One client with requests on a lane that leads to the master. */
class Scene {
  /** What the client got back, to send it anew. */
  readonly unread: string[] = [];
  readonly replies = new RecordingSink();
  readonly ends: (() => void)[] = [];
  readonly shard = {
    table,
    links: { owns: () => true },
    doubt: { whenSettled: (then: () => void) => void this.ends.push(then) },
    refused: { haveNotRun: () => Promise.resolve(this.isRefusedByServer) },
    options: { now: () => 0, outageHoldMs: 1000 },
  };
  isRefusedByServer = true;
  recallEnded = false;
  readonly client: Client;
  readonly upstream: Upstream;
  readonly requests: SentRequest[];

  /** @param left so many of the requests may have left. */
  constructor(commands: readonly (readonly string[])[], left = commands.length) {
    let end = 0;
    const ends = [0];
    this.requests = commands.map((words, number) => {
      const bytes = encodeRequest(words);
      end += bytes.length;
      ends.push(end);
      return { number, kept: { bytes, end }, sink: this.replies };
    });
    const state = { shard: this.shard, link: null, closing: false, outstanding: commands.length };
    const more = { resending: null, unanswered: 0, output: null };
    const unread = (requests: readonly Buffer[]): void => void this.unread.push(...requests.map(String));
    this.client = { ...state, ...more, unread } as unknown as Client;
    const endRecall = (): void => void (this.recallEnded = true);
    this.upstream = { mayHaveLeft: ends[left], sent: commands.length, endRecall } as unknown as Upstream;
  }

  recall(): Recall {
    const recall = Recall.of(this.client, this.requests, this.upstream);
    if (recall === null) throw new Error('they can not be taken back');
    return recall;
  }

  endDoubt(): void {
    for (const end of this.ends.splice(0)) end();
  }
}

const say = (recall: Recall, text: string): void => recall.onReply(Buffer.from(text), 0, text.length);
const refuse = (recall: Recall): void => recall.onRefused(Buffer.from(REFUSAL));
const text = (...words: readonly string[]): string => encodeRequest(words).toString();

await t.test('a refusal in the middle of a pipeline: from there on all is sent anew, in order', (t) => {
  const scene = new Scene([
    ['SET', 'a', '1'],
    ['SET', 'a', '2'],
    ['GET', 'a'],
    ['SET', 'a', '3'],
  ]);
  const recall = scene.recall();
  say(recall, '+OK\r\n');
  t.equal(scene.replies.bytes, '+OK\r\n');
  refuse(recall);
  say(recall, '$1\r\n1\r\n');
  refuse(recall);
  t.same(scene.unread, [], 'not before it is known who the master is');
  scene.endDoubt();
  t.same(scene.unread, [text('SET', 'a', '2'), text('GET', 'a'), text('SET', 'a', '3')]);
  t.equal(scene.replies.bytes, '+OK\r\n', 'what was read behind the refused write has not seen it');
  t.end();
});

await t.test('a write behind a refused one has run: all is said as the server said it', (t) => {
  const scene = new Scene([
    ['SET', 'a', '1'],
    ['GET', 'a'],
    ['SET', 'a', '2'],
    ['GET', 'a'],
  ]);
  const recall = scene.recall();
  refuse(recall);
  say(recall, '$1\r\n0\r\n+O');
  say(recall, 'K\r\n$1\r\n2\r\n');
  scene.endDoubt();
  t.equal(scene.replies.bytes, `${REFUSAL}$1\r\n0\r\n+OK\r\n$1\r\n2\r\n`);
  t.equal(scene.replies.countIsRight, true);
  t.same(scene.unread, []);
  t.equal(scene.recallEnded, true);
  t.end();
});

await t.test('the connection breaks: reads are repeated, a write that may have run is not', (t) => {
  const scene = new Scene(
    [
      ['GET', 'a'],
      ['SET', 'a', '1'],
      ['GET', 'a'],
      ['SET', 'a', '2'],
    ],
    3,
  );
  const recall = scene.recall();
  recall.onLost(4, false);
  const [first, unanswered, ...others] = scene.unread;
  t.same([first, ...others], [text('GET', 'a'), text('GET', 'a'), text('SET', 'a', '2')], 'the last had not left');
  t.equal(unanswered?.toUpperCase(), UNANSWERED);
  t.equal(scene.client.unanswered, 1);
  t.end();
});

await t.test('it breaks at a write, before anything was taken back: that is lost, and said so', (t) => {
  const scene = new Scene([
    ['SET', 'a', '1'],
    ['GET', 'a'],
  ]);
  scene.recall().onLost(2, false);
  t.same(scene.replies.lost, { frames: 1, begun: false });
  t.same(scene.unread, [text('GET', 'a')]);
  t.end();
});

await t.test('a large reply behind a refusal is not kept, and asked for again', (t) => {
  const scene = new Scene([
    ['SET', 'a', '1'],
    ['GET', 'large'],
  ]);
  const recall = scene.recall();
  refuse(recall);
  say(recall, `$${2 * 1024 * 1024}\r\n`);
  for (let piece = 0; piece < 32; piece++) say(recall, 'x'.repeat(64 * 1024));
  say(recall, '\r\n');
  scene.endDoubt();
  t.same(scene.unread, [text('SET', 'a', '1'), text('GET', 'large')]);
  t.equal(scene.replies.bytes, '');
  t.end();
});

await t.test('a script is taken back when its node says that it is no master, and not otherwise', async (t) => {
  for (const isRefusedByServer of [true, false]) {
    const scene = new Scene([
      ['EVAL', 'return 1', '0'],
      ['GET', 'a'],
    ]);
    scene.isRefusedByServer = isRefusedByServer;
    const recall = scene.recall();
    refuse(recall);
    say(recall, '$-1\r\n');
    await nextTurn();
    scene.endDoubt();
    t.same(scene.unread, isRefusedByServer ? [text('EVAL', 'return 1', '0'), text('GET', 'a')] : []);
    t.equal(scene.replies.bytes, isRefusedByServer ? '' : `${REFUSAL}$-1\r\n`);
  }
});

await t.test('nothing is taken back where something is not the client’s, not kept, or where it is gone', (t) => {
  const other = new Scene([['GET', 'a']]);
  other.client.outstanding = 2;
  t.equal(Recall.of(other.client, other.requests, other.upstream), null);
  const forgotten = new Scene([['GET', 'a']]);
  const requests = forgotten.requests.map((request) => ({ ...request, kept: null }));
  t.equal(Recall.of(forgotten.client, requests, forgotten.upstream), null);
  const gone = new Scene([['SET', 'a', '1']]);
  refuse(gone.recall());
  Object.assign(gone.client, { closing: true });
  gone.endDoubt();
  t.same(gone.unread, []);
  t.end();
});

await t.test('taken back too often, the client is told what the server said', (t) => {
  const scene = new Scene([['SET', 'a', '1']]);
  let attempts = 0;
  for (; attempts < 100 && scene.replies.bytes === ''; attempts++) {
    refuse(scene.recall());
    scene.endDoubt();
    scene.client.resending?.sentOver(scene.upstream);
  }
  t.equal(scene.unread.length + 1, attempts);
  t.equal(scene.replies.bytes, REFUSAL);
  t.end();
});
