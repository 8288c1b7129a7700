import t from 'tap';
import type { CommandInfo } from '../../../src/command/command-info.js';
import { CommandTable } from '../../../src/command/command-table.js';
import { encodeRequest } from '../../../src/resp/encode.js';
import { LinkState } from '../../../src/session/link-state.js';
import { MAX_REPLAY_BYTES } from '../../../src/session/transaction.js';
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

const queueOf = (state: LinkState): string[] | null | undefined =>
  state.transaction?.queue &&
  [...state.transaction.queue].map((request) =>
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
    'a mode': (state) => say(state, 'READONLY'),
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
  t.equal(state.transaction, null);
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
  t.equal(state.transaction?.queue?.length, 2);
  state.sent(infoOf('SET k'), half);
  t.equal(state.transaction?.queue, null);
  say(state, 'GET k');
  t.equal(state.transaction?.queue, null, 'a part of it is of no use');
  t.equal(state.inMulti, true);
  t.same(queueOf(say(state, 'EXEC', 'MULTI', 'GET k')), ['MULTI', 'GET k']);
});

await t.test('outcomes stand at the places that their results have in the reply to EXEC', async (t) => {
  const state = say(new LinkState(), 'MULTI', 'GET k', 'WATCH k', 'MULTI');
  const outcome = (result: Buffer): Buffer => result;
  state.sent(infoOf('SELECT 5'), encodeRequest(['SELECT', '5']), outcome);
  say(state, 'GET k');
  t.same([...(state.transaction?.outcomes.keys() ?? [])], [1]);
  t.equal(state.transaction?.length, 3);
  t.equal(say(state, 'EXEC').clean, true);
});

await t.test('what nobody heard of an EXEC, nobody else is given', async (t) => {
  const state = say(new LinkState(), 'MULTI');
  state.sent(infoOf('SELECT 5'), encodeRequest(['SELECT', '5']), (result) => result);
  state.replies = 'off';
  say(state, 'EXEC');
  state.replies = 'on';
  t.equal(state.clean, false);
});

await t.test('modes are in force until they are turned off, ASKING for one command', async (t) => {
  const state = say(new LinkState(), 'CLIENT NO-EVICT on', 'READONLY', 'CLIENT NO-TOUCH maybe', 'ASKING');
  t.same([...state.modes.keys()], ['client|no-evict', 'readonly', 'asking']);
  say(state, 'GET k', 'READWRITE');
  t.same([...state.modes.keys()], ['client|no-evict']);
  const off = encodeRequest(['CLIENT', 'NO-EVICT', 'OFF']);
  state.sent(infoOf('CLIENT NO-EVICT'), off)?.(true);
  t.same([...state.modes.keys()], ['client|no-evict'], 'the server did not want to turn it off');
  state.sent(infoOf('CLIENT NO-EVICT'), off)?.(false);
  t.equal(state.clean, true);
  state.sent(infoOf('READONLY'), encodeRequest(['READONLY']))?.(true);
  t.equal(state.clean, true, 'no cluster, no mode');
});

await t.test('what has to wait for replies that decide what it means', async (t) => {
  const wait = (state: LinkState, line: string): boolean => state.mustSettle(infoOf(line));
  const lines = ['GET k', 'EVAL x 0', 'EXEC', 'DISCARD', 'SELECT 5', 'WATCH k', 'BLPOP l 0', 'CLIENT KILL'];
  const after = (state: LinkState): string[] => lines.filter((line) => wait(state, line));
  t.same(after(new LinkState()), []);
  const state = new LinkState();
  const settle = state.sent(infoOf('MULTI'), encodeRequest(['MULTI']));
  t.same(after(state), ['DISCARD', 'SELECT 5', 'WATCH k', 'BLPOP l 0', 'CLIENT KILL'], 'MULTI may be refused');
  settle?.(false);
  t.same(after(state), []);
  state.sent(infoOf('DISCARD'), encodeRequest(['DISCARD']));
  t.same(after(state), lines, 'DISCARD may be refused');
  const broken = say(new LinkState(), 'WATCH k');
  broken.breakWatch();
  broken.sent(infoOf('MULTI'), encodeRequest(['MULTI']))?.(false);
  t.same(after(broken), ['EXEC'], 'a command may be refused: then it is not null but EXECABORT');
});

await t.test('whatever a client says, and whatever its user may not, the state is what the server says', async (t) => {
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
  ];
  for (let left = 150; left > 0; left--) {
    const forbidden = ['multi', 'exec', 'discard', 'watch', 'unwatch'].filter(() => random.below(4) === 0);
    const rights = ['~*', '+@all', ...forbidden.map((name) => `-${name}`)];
    await server.send('ACL', 'SETUSER', 'someone', 'reset', 'on', 'nopass', ...rights);
    const said = Array.from({ length: 1 + random.below(9) }, () => random.pick(lines));
    const client = await RawClient.connect(server);
    await client.call('AUTH', 'someone', 'x');
    const state = new LinkState();
    for (const line of said) {
      const verdict = state.sent(infoOf(line), encodeRequest(line.split(' ')));
      const reply = await client.call(...line.split(' '));
      verdict?.(reply.startsWith('-'));
    }
    // A change of the watched key makes the watch visible: flag `d`. `x`: inside MULTI.
    await server.send('INCR', 'k');
    const address = `127.0.0.1:${client.socket.localPort}`;
    const line =
      String(await server.send('CLIENT', 'LIST'))
        .split('\n')
        .find((each) => each.includes(` addr=${address} `)) ?? '';
    client.close();
    const flags = / flags=(\w+)/.exec(line)?.[1] ?? '';
    const what = `${said.join('; ')} without ${forbidden.join(', ')} → flags ${flags}`;
    if (flags.includes('x') !== state.inMulti) t.fail(`inMulti is ${state.inMulti} after ${what}`);
    // An EXEC that is refused outside a transaction ends a WATCH all the same; here it lasts on.
    const wanted = state.clean || !said.some((each) => each.startsWith('EXEC'));
    if (wanted && state.clean !== (flags === 'N')) t.fail(`clean is ${state.clean} after ${what}`);
  }
  t.pass();
});
