import { fixed } from './request-maker.js';
import type { Cast, Scene } from './scenes.js';
import type { Item, Say } from './sequence.js';

/** Sizes at which something else begins: chunks of sockets, blocks of memory, the longest line, requests that are not gathered. */
const EDGES = [1024, 16 * 1024, 32 * 1024, 64 * 1024, 128 * 1024, 256 * 1024, 300 * 1024];

function say(cast: Cast, client: number, items: readonly Item[], cutChance = 0.3): Say {
  return { kind: 'say', client, items, cut: cast.dice.chance(cutChance) ? cast.dice.between(1, 1_000_000) : 0 };
}

function line(text: string): Item {
  return { words: fixed(text) };
}

/** Requests and replies of every size round the edges, among small ones. */
export const large: Scene = (cast) => {
  const { dice, clients } = cast;
  const size = (): number => Math.max(0, dice.pick(EDGES) + dice.between(-40, 40));
  const value = (): string =>
    dice.pick(['x', '\r\n', '$5\r\n', '\x00', '*1\r\n$4\r\nPING\r\n']).repeat(size()).slice(0, size());
  const big = (): Item => {
    switch (dice.below(9)) {
      case 0:
      case 1:
        return { words: ['SET', 'str1', value()] };
      case 2:
        return { words: ['APPEND', 'str2', value()] };
      case 3:
        return { words: ['MSET', 'str1', value(), 'str2', value()] };
      case 4:
        return {
          words: ['RPUSH', 'list1', ...Array.from({ length: dice.between(100, 3000) }, (_, at) => `element ${at}`)],
        };
      case 5:
        return { words: ['ECHO', value()] };
      case 6:
        return { words: ['EVAL', 'return {ARGV[1],{},ARGV[1],false}', '0', value()] };
      case 7:
        return {
          words: [
            'HSET',
            'hash1',
            ...Array.from({ length: 200 }, (_, at) => [`f${at}`, 'v'.repeat(dice.below(300))]).flat(),
          ],
        };
      default:
        return {
          words: [
            dice.pick(['NOSUCH', 'GET', 'SUBSCRIBE', 'WATCH', 'XADD', 'EXEC', 'AUTH', 'SELECT', 'CONFIG', 'CLIENT']),
            'a',
            value(),
          ],
        };
    }
  };
  const small = (): Item =>
    line(
      dice.pick([
        'GET str1',
        'STRLEN str1',
        'MGET str1 str2 none',
        'LRANGE list1 0 -1',
        'PING',
        'HGETALL hash1',
        'MULTI',
        'EXEC',
        'GETRANGE str1 0 70000',
        'HELLO 3',
        'EVAL return{redis.call("GET","str1"),1} 0',
      ]),
    );
  const items = Array.from({ length: dice.between(2, 7) }, () => (dice.chance(0.45) ? big() : small()));
  const me = dice.below(clients);
  return dice.chance(0.6) ? [say(cast, me, items, 0.6)] : items.map((item) => say(cast, me, [item], 0.6));
};

/** A pipeline that is long and dull, with something special in it. */
export const longPipeline: Scene = (cast) => {
  const { dice, maker, clients } = cast;
  const items: Item[] = Array.from({ length: dice.between(50, 600) }, (_, at) =>
    line(at % 3 === 0 ? 'INCR num' : at % 3 === 1 ? `SET str1 ${at}` : 'GET str1'),
  );
  for (let count = dice.below(4); count > 0; count--) items.splice(dice.below(items.length), 0, maker.any(dice));
  return [say(cast, dice.below(clients), items, 0.5)];
};

const INLINE = [
  'PING\r\n',
  'PING\n',
  'SET str1 "quoted value"\r\n',
  "SET str1 'single'\r\n",
  'SET str1 "\\x41\\n\\"end"\r\n',
  'GET str1\r\n',
  '\r\n',
  '\n',
  '   \r\n',
  'get    str1   \r\n',
  '\tPING\r\n',
  'NOSUCH thing\r\n',
  'MULTI\r\n',
  'EXEC\r\n',
  'ECHO ""\r\n',
  'ECHO a\\x20b\r\n',
  'SELECT 1\r\n',
  'HELLO 3\r\n',
  '*0\r\n',
  '*-1\r\n',
  '*1\r\n$0\r\n\r\n',
  '*2\r\n$4\r\nECHO\r\n$0\r\n\r\n',
  'CLIENT GETNAME\r\n',
  'SUBSCRIBE ch1\r\n',
  'ECHO \x00\r\n',
  'ECHO "a"b\r\n',
  "ECHO 'it\\'s'\r\n",
];

/** Inline requests between others; each is right in itself or refused without an end of the connection, but for quotes. */
export const inline: Scene = (cast) => {
  const { dice, maker, clients } = cast;
  const items = Array.from({ length: dice.between(1, 8) }, (): Item =>
    dice.chance(0.75) ? { raw: dice.pick(INLINE) } : maker.any(dice),
  );
  return [say(cast, dice.below(clients), items, 0.5)];
};

const BROKEN = [
  'ECHO "unbalanced\r\n',
  "ECHO 'it\r\n",
  '*1\r\n+PING\r\n',
  '*1\r\n:4\r\n',
  '*x\r\n',
  '*2147483648\r\n',
  '*99999999999\r\n',
  '*1\r\n$-1\r\n',
  '*1\r\n$x\r\n',
  '*1\r\n$4294967296\r\n',
  '*2\r\n$3\r\nGET\r\n$-5\r\n',
  '*01\r\n$4\r\nPING\r\n',
  '*+1\r\n$4\r\nPING\r\n',
  '*2\r\n$3\r\nGET\r\n*1\r\n',
  '*1\r\n$04\r\nPING\r\n',
  '*1\r\n$\r\n',
  '*\r\n',
  '*-2\r\n$4\r\nPING\r\n',
  '*1\r\n$9999999\r\n',
];

/** For a line: more than 64 KB even when the server looks at it in pieces of 16. */
const TOO_LONG = 90_000;

/**
 * These stand alone. On the words of HTTP a server closes at once and loses replies that it has not written yet; whether a
 * line is too long depends on the pieces in which it arrives.
 */
const ALONE = [
  'POST / HTTP/1.1\r\n',
  'Host: x\r\n',
  '*1\r\n$4\r\nPOST\r\n',
  '*2\r\n$5\r\nHOST:\r\n$1\r\nx\r\n',
  'y'.repeat(TOO_LONG),
  `*${'1'.repeat(TOO_LONG)}`,
  `*1\r\n$${'1'.repeat(TOO_LONG)}`,
];

/** Bytes that end the connection, with requests before them whose replies are still due, and behind them for nobody. */
export const broken: Scene = (cast) => {
  const { dice, maker, clients } = cast;
  if (dice.chance(0.15)) return [say(cast, dice.below(clients), [{ raw: dice.pick(ALONE) }], 0)];
  const items: Item[] = Array.from({ length: dice.below(5) }, () => maker.any(dice));
  items.push({ raw: dice.pick(BROKEN) });
  // Behind the end only in one piece: what arrives after it resets the connection before its last words are read.
  const more = dice.chance(0.4);
  return [say(cast, dice.below(clients), more ? [...items, line('PING')] : items, more ? 0 : 0.4)];
};
