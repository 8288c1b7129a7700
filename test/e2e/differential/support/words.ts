import type { ArgumentSpec } from './command-docs.js';
import type { Dice } from './dice.js';

/** Few keys for each type, so that commands meet each other's values; the commands of a group mostly take its own. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  string: ['str1', 'str2', 'num'],
  bitmap: ['str1', 'bits'],
  list: ['list1', 'list2'],
  set: ['set1', 'set2'],
  'sorted-set': ['zset1', 'zset2'],
  hash: ['hash1', 'hash2'],
  stream: ['stream1', 'stream2'],
  geo: ['geo1', 'geo2'],
  hyperloglog: ['hll1', 'hll2'],
};
const ALL_KEYS = [...Object.values(KEYS).flat(), 'none', '', 'a{tag}b', 'key with blanks', 'bin\x00\xff\r\n'];

/** Plain values: short, empty, numbers, bytes that look like protocol, what no terminal shows. */
const VALUES = [
  'a',
  'b',
  'c',
  'member',
  'field',
  '',
  '0',
  '7',
  '-3',
  '3.5',
  'two words',
  '\r\n',
  '$3\r\nabc',
  '+OK\r\n',
  '\x00\xff\x80',
  'ü',
  'v'.repeat(50),
];
const NUMBERS = ['0', '1', '2', '3', '10', '-1', '-2', '100'];
const ODD_NUMBERS = [
  '',
  'abc',
  '1.5',
  '1e3',
  '+1',
  '01',
  ' 1',
  '9223372036854775807',
  '-9223372036854775808',
  '99999999999999999999',
  'inf',
  'nan',
  '0x10',
];

const SCRIPTS = [
  'return 1',
  'return {}',
  "return {1,'two',{3,{},{{}}},false,true,'six'}",
  'return KEYS',
  'return ARGV',
  'return nil',
  "return redis.call('SET','str1',ARGV[1] or 'x')",
  "return redis.call('INCR','num')",
  "return redis.call('GET',KEYS[1])",
  "return redis.pcall('NOSUCH')",
  "return redis.call('NOSUCH')",
  "return redis.error_reply('MY error')",
  "return redis.status_reply('FINE')",
  "return {err='A table error'}",
  "return {ok='A table status'}",
  "redis.setresp(3) return redis.call('HGETALL','hash1')",
  'redis.setresp(3) return {map={a=1},double=2}',
  'redis.setresp(3) return {double=3.5}',
  "return redis.call('PUBLISH','ch1',ARGV[1] or 'script')",
  "return redis.call('LPUSH','list1','s1','s2')",
  "redis.call('SELECT','1') return redis.call('SET','str1','in db 1')",
  "local t='x' for i=1,40 do t={t} end return t",
  'local t={} for i=1,300 do t[i]=i end return t',
  "return string.rep('y',70000)",
  "return redis.sha1hex('')",
  'return bit.tohex(255)',
  'syntax error(',
  '',
];

const FUNCTIONS = [
  "#!lua name=lib1\nredis.register_function('f1',function(keys,args) return args end)",
  "#!lua name=lib1\nredis.register_function{function_name='f2',callback=function(keys,args) return redis.call('GET',keys[1] or 'str1') end,flags={'no-writes'}}",
  '#!lua name=lib2\nnonsense(',
  '#!lua\nreturn 1',
  'return 1',
];

/** The SHA1 of `return 1` and of what nobody loaded. */
const SHAS = [
  'e0e1f9fabfc9d4800c877a703b823ac0578ff8db',
  'E0E1F9FABFC9D4800C877A703B823AC0578FF8DB',
  'f'.repeat(40),
  'short',
];

/** What arguments are called in COMMAND DOCS, and what is said there. Where the name means two things the command decides. */
const BY_NAME: Readonly<Record<string, readonly string[]>> = {
  pattern: ['*', 'str*', 'ch*', '[a-z]*', '', 'a\\*', 'h?sh1'],
  message: ['hello', '', 'two\r\nlines', 'm'.repeat(200)],
  channel: ['ch1', 'ch2', ''],
  shardchannel: ['sh1', 'sh2'],
  sha1: SHAS,
  script: SCRIPTS,
  'function-code': FUNCTIONS,
  function: ['f1', 'f2', 'F1', 'nope'],
  'library-name': ['lib1', 'lib2', ''],
  'library-name-pattern': ['*', 'lib1'],
  groupname: ['g1', 'g2'],
  group: ['g1', 'g2'],
  consumer: ['c1', 'c2'],
  consumername: ['c1', 'c2'],
  id: ['1-1', '2-0', '0', '0-0', '3', '5-1', '9-9', '-', '+', 'x'],
  'last-id': ['9-9', '0-1', 'x'],
  max_deleted_entry_id: ['1-1', 'x'],
  cursor: ['0'],
  // What is idle for how long depends on the clock.
  'min-idle-time': ['0'],
  seconds: ['1000', '100000', '0', '-1'],
  milliseconds: ['1000000', '100000000', '0', '-1'],
  ttl: ['0', '1000000', '-1'],
  'unix-time-seconds': ['4000000000', '1', '0', '-1'],
  'unix-time-milliseconds': ['4000000000000', '1', '0'],
  'serialized-value': ['', 'xx', '\x00\x01v\x0b\x00'],
  // Over within the step, or for ever.
  timeout: ['0.01', '0.02', '0.01', '0'],
  password: ['pw1', 'pw2', 'wrong', ''],
  username: ['u1', 'u2', 'default', 'nobody'],
  protover: ['2', '3', '3', '1', '4', 'x'],
  clientname: ['me', '', 'bad name', 'q'.repeat(30)],
  'connection-name': ['me', '', 'bad name', 'n\xff'],
  'client-id': ['{id:0}', '{id:1}', '{id:2}', '0', '-1', '99999999', 'x'],
  categoryname: ['string', 'nope', 'Fast'],
  category: ['string', 'nope'],
  command: ['get', 'set', 'nope', 'config|get'],
  'command-name': ['get', 'nope', 'client|list', 'XGROUP'],
  'module-name': ['nope'],
  section: ['server', 'nope'],
  db: ['0', '1', '2', '3', '4', '-1', 'x'],
  'destination-db': ['0', '1', '2', '3', '99'],
  index1: ['0', '1', '2', '9'],
  index2: ['0', '1', '3', 'x'],
  encoding: ['u8', 'i16', 'u63', 'i64', 'u64', 'x9'],
  longitude: ['13.361389', '15.087269', '-0.1', '200', 'x'],
  latitude: ['38.115556', '37.502669', '51.5', '-86', 'x'],
  radius: ['200', '1', '0', '-1'],
  width: ['400', '1'],
  height: ['400', '1'],
  offset: ['0', '1', '7', '100', '-1', '#1', '99999'],
  bit: ['0', '1', '2'],
  score: ['1', '2.5', '-1', 'inf', '-inf', 'nan', '(1', '1e400'],
  subcommand: ['GETREG', 'ENCODING', 'TODENSE', 'NOPE'],
  host: ['127.0.0.1'],
  port: ['1'],
  path: ['/nope'],
  event: ['command', 'fork', 'nope'],
  threshold: ['2', '0', '10'],
  operation: ['AND', 'or', 'XOR', 'NOT', 'NOPE'],
  pivot: VALUES,
  ms: ['0', '1000'],
};

/** Ranges are of indexes, of scores, of words, or of the ids of a stream. */
const LEX_RANGE = ['-', '+', '[a', '(b', '[c', 'a', ''];
const SCORE_RANGE = ['-inf', '+inf', '1', '(1', '3', '0', 'x'];
const ID_RANGE = ['-', '+', '1-1', '(1-1', '2', '0', 'x'];
const INDEX_RANGE = ['0', '-1', '1', '2', '-100', '100', 'x'];

const STREAM_IDS: Readonly<Record<string, readonly string[]>> = {
  xadd: ['1-1', '2-0', '3-5', '4-*', '9-9', '*', '0-0', 'x'],
  xread: ['0', '1-1', '$', '5', 'x'],
  xreadgroup: ['>', '>', '0', '1-1', '$', 'x'],
  'xgroup|create': ['0', '$', '1-1', 'x'],
  'xgroup|setid': ['0', '$', '1-1', 'x'],
};

/** A word for one argument of a command. */
export function wordFor(command: string, group: string, argument: ArgumentSpec, dice: Dice): string {
  const { name, type } = argument;
  if (type === 'key') return keyFor(group, dice);
  if (name === 'id' && STREAM_IDS[command] !== undefined) return dice.pick(STREAM_IDS[command]);
  if (/^(min|max|start|end|stop)$/.test(name)) return dice.pick(rangeOf(command));
  if (type === 'integer' && (name === 'timeout' || command.startsWith('xread')))
    return dice.pick(['10', '20', '0', '1']);
  if (type === 'integer' && dice.chance(0.08)) return dice.pick(ODD_NUMBERS);
  const known = BY_NAME[name];
  if (known !== undefined) return dice.pick(known);
  if (type === 'integer') return dice.pick(NUMBERS);
  if (type === 'double') return dice.pick(['0', '1', '2.5', '-1', '0.1', ...ODD_NUMBERS]);
  return dice.pick(VALUES);
}

export function keyFor(group: string, dice: Dice): string {
  const own = KEYS[group];
  return own !== undefined && dice.chance(0.85) ? dice.pick(own) : dice.pick(ALL_KEYS);
}

/** A word that may stand anywhere, and belongs nowhere. */
export function strayWord(dice: Dice): string {
  return dice.pick([...VALUES, ...NUMBERS, ...ODD_NUMBERS, ...ALL_KEYS, 'NX', 'GET', 'LIMIT', 'WITHSCORES', 'COUNT']);
}

function rangeOf(command: string): readonly string[] {
  if (command.includes('lex')) return LEX_RANGE;
  if (command.includes('score') || command === 'zcount') return SCORE_RANGE;
  if (command.startsWith('x')) return ID_RANGE;
  return INDEX_RANGE;
}
