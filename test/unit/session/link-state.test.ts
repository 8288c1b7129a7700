import t from 'tap';
import type { CommandInfo } from '../../../src/command/command-info.js';
import { CommandTable } from '../../../src/command/command-table.js';
import { encodeRequest } from '../../../src/resp/encode.js';
import { LinkState, MAX_REPLAY_BYTES } from '../../../src/session/link-state.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { commandReply } from '../command/command-replies.js';
import { SeededRandom } from '../resp/seeded-random.js';

const server = await RedisServer.start();
t.teardown(() => server.dispose());
const table = CommandTable.fromCommandReply(await commandReply(server));

function infoOf(line: string): CommandInfo {
  const [first = '', second] = line.split(' ');
  const bytes = Buffer.from(first + (second ?? ''));
  return table.resolve(bytes, {
    nameStart: 0,
    nameLength: first.length,
    secondStart: first.length,
    secondLength: second?.length ?? -1,
  });
}

function say(state: LinkState, ...lines: readonly string[]): LinkState {
  for (const line of lines) state.sent(infoOf(line), encodeRequest(line.split(' ')));
  return state;
}

const queueOf = (state: LinkState): string[] | undefined =>
  state.queue?.map((request) =>
    request
      .toString()
      .split('\r\n')
      .slice(2)
      .filter((_, at) => at % 2 === 0)
      .join(' ')
      .trim(),
  );

await t.test('a link is clean when nothing on it belongs to its client', async (t) => {
  t.equal(new LinkState().clean, true);
  const dirty: Readonly<Record<string, (state: LinkState) => void>> = {
    MULTI: (state) => say(state, 'MULTI'),
    WATCH: (state) => say(state, 'WATCH k'),
    'a broken WATCH': (state) => (state.watchBroken = true),
    MONITOR: (state) => say(state, 'MONITOR'),
    tracking: (state) => (state.tracking = true),
    'no replies': (state) => (state.replies = 'off'),
    'one reply skipped': (state) => (state.replies = 'skip'),
    'a channel': (state) => state.subscriptions.channel.add('c'),
    'a pattern': (state) => state.subscriptions.pattern.add('p*'),
    'a shard channel': (state) => state.subscriptions.shard.add('s'),
    'something unknown': (state) => (state.bound = true),
  };
  for (const [what, make] of Object.entries(dirty)) {
    const state = new LinkState();
    make(state);
    t.equal(state.clean, false, what);
    t.equal(state.subscribed, what.includes('channel') || what.includes('pattern'));
  }
  t.equal(say(new LinkState(), 'GET k', 'SET k v', 'BLPOP k 1', 'XREAD BLOCK 5 STREAMS s 0').clean, true);
});

await t.test('a transaction is remembered as it was sent', async (t) => {
  const state = say(new LinkState(), 'MULTI', 'SET k v', 'GET k', 'BLPOP l 0');
  t.equal(state.inMulti, true);
  t.same(queueOf(state), ['MULTI', 'SET k v', 'GET k', 'BLPOP l 0']);

  const frame = encodeRequest(['SET', 'a', 'b']);
  state.sent(infoOf('SET a b'), frame);
  frame.fill(0);
  t.equal(queueOf(state)?.at(-1), 'SET a b', 'in memory of its own');

  say(state, 'EXEC');
  t.equal(state.inMulti, false);
  t.same(state.queue, []);
  t.equal(state.clean, true);
  t.equal(say(state, 'MULTI', 'SET k v', 'DISCARD').clean, true);
  t.same(queueOf(say(state, 'MULTI', 'GET x')), ['MULTI', 'GET x'], 'the next one begins from nothing');
});

await t.test('what the server refuses inside MULTI is not queued', async (t) => {
  const state = say(new LinkState(), 'MULTI', 'MULTI', 'WATCH k', 'GET k');
  t.same(queueOf(state), ['MULTI', 'GET k']);
  t.equal(state.watching, false);
});

await t.test('WATCH lasts until EXEC, DISCARD or UNWATCH', async (t) => {
  for (const end of [['UNWATCH'], ['MULTI', 'EXEC'], ['MULTI', 'DISCARD']]) {
    const state = say(new LinkState(), 'WATCH k');
    state.watchBroken = true;
    t.equal(say(state, ...end).clean, true, end.join(' '));
    t.equal(state.watchBroken, false);
  }
  t.equal(say(new LinkState(), 'WATCH k', 'MULTI', 'UNWATCH').watching, true, 'queued, it has not run yet');
});

await t.test('a transaction that is too large to keep is let go, and the next one is kept again', async (t) => {
  const state = say(new LinkState(), 'MULTI');
  const half = encodeRequest(['SET', 'k', Buffer.alloc(MAX_REPLAY_BYTES / 2)]);
  state.sent(infoOf('SET k'), half);
  t.equal(state.queue?.length, 2);
  state.sent(infoOf('SET k'), half);
  t.equal(state.queue, null);
  say(state, 'GET k');
  t.equal(state.queue, null, 'a part of it is of no use');
  t.equal(state.inMulti, true);
  t.same(queueOf(say(state, 'EXEC', 'MULTI', 'GET k')), ['MULTI', 'GET k']);
});

await t.test('a connection that a transaction changed serves nobody else', async (t) => {
  const changing = [
    'SELECT 5',
    'AUTH a b',
    'HELLO 3',
    'SUBSCRIBE c',
    'CLIENT REPLY OFF',
    'CLIENT TRACKING ON',
    'CLIENT SETNAME x',
  ];
  for (const line of changing) {
    t.equal(say(new LinkState(), 'MULTI', 'GET k', line, 'EXEC').clean, false, line);
    t.equal(say(new LinkState(), 'MULTI', line, 'DISCARD').clean, true, `${line} did not run`);
    t.equal(say(new LinkState(), 'MULTI', line, 'DISCARD', 'MULTI', 'GET k', 'EXEC').clean, true);
  }
  for (const line of ['EVAL x 0', 'EVALSHA x 0', 'SCRIPT LOAD x', 'BLPOP l 0', 'PUBLISH c x', 'NOSUCHCOMMAND']) {
    t.equal(say(new LinkState(), 'MULTI', line, 'EXEC').clean, true, `${line} leaves nothing`);
  }
  t.equal(say(new LinkState(), 'MULTI', 'SELECT 5', 'EXEC', 'MULTI', 'EXEC').clean, false, 'and it stays so');
});

await t.test('whatever a client says, the state is never cleaner than the server’s', async (t) => {
  const random = new SeededRandom(7);
  const lines = [
    'MULTI',
    'MULTI',
    'EXEC',
    'DISCARD',
    'WATCH k',
    'UNWATCH',
    'GET k',
    'SET other v',
    'NOSUCHCOMMAND',
    'MULTI x',
    'EXEC x',
    'DISCARD x',
    'UNWATCH x',
    'WATCH',
    'GET',
    'SELECT 5',
  ];
  for (let left = 150; left > 0; left--) {
    const said = Array.from({ length: 1 + random.below(9) }, () => random.pick(lines));
    const client = await RawClient.connect(server);
    for (const line of said) client.send(encodeRequest(line.split(' ')));
    await client.replies(said.length);
    const state = say(new LinkState(), ...said);
    // A change of the watched key makes the watch visible: flag `d`. `x`: inside MULTI.
    await server.send('INCR', 'k');
    const address = `127.0.0.1:${client.socket.localPort}`;
    const line =
      String(await server.send('CLIENT', 'LIST'))
        .split('\n')
        .find((each) => each.includes(` addr=${address} `)) ?? '';
    client.close();
    const flags = / flags=(\w+)/.exec(line)?.[1] ?? '';
    const db = / db=(\d+)/.exec(line)?.[1];
    const what = `${said.join('; ')} → flags ${flags}, db ${db}`;
    if (flags.includes('x') !== state.inMulti) t.fail(`inMulti is ${state.inMulti} after ${what}`);
    if (state.clean && (flags !== 'N' || db !== '0') && !said.includes('SELECT 5')) t.fail(`clean after ${what}`);
    // Outside a transaction SELECT is the identity's business.
    if (db !== '0' && state.clean && onlyQueuedSelects(said)) t.fail(`clean after ${what}`);
  }
  t.pass();
});

/** Whether each SELECT stands somewhere behind a MULTI. */
function onlyQueuedSelects(said: readonly string[]): boolean {
  let inMulti = false;
  for (const line of said) {
    if (line === 'SELECT 5' && !inMulti) return false;
    if (line === 'MULTI') inMulti = true;
    if (line.startsWith('EXEC') || line === 'DISCARD') inMulti = false;
  }
  return true;
}
