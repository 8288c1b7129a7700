import t from 'tap';
import { Effect, Route, type CommandInfo } from '../../../src/command/command-info.js';
import { CommandTable } from '../../../src/command/command-table.js';
import { SPECIAL_COMMANDS } from '../../../src/command/routes.js';
import { encodeRequest } from '../../../src/resp/encode.js';
import { RequestScanner } from '../../../src/resp/request-scanner.js';
import { RedisServer } from '../../support/redis-server.js';
import { commandReply, listed, plainEntry } from './command-replies.js';

const server = await RedisServer.start();
t.teardown(() => server.dispose());
const reply = await commandReply(server);
const table = CommandTable.fromCommandReply(reply);

/** As the hot path finds it: by the bytes of a request. */
function lookUp(of: CommandTable, ...args: readonly string[]): CommandInfo {
  const frame = Buffer.concat([Buffer.from('..'), encodeRequest(args)]);
  const scanner = new RequestScanner({ maxBulkBytes: 1000 });
  scanner.scan(frame, 2, frame.length);
  return of.resolve(frame, scanner);
}

const alternating = (text: string): string =>
  text.replace(/./g, (letter, at: number) => (at % 2 === 0 ? letter.toUpperCase() : letter));

await t.test('every command of a real server is found by its bytes, in any case', async (t) => {
  const commands = listed(reply);
  t.ok(commands.length > 300, `${commands.length} commands and subcommands`);
  for (const { name, words } of commands) {
    for (const spelt of [words, words.map((word) => word.toUpperCase()), words.map(alternating)]) {
      const found = lookUp(table, ...spelt, 'x');
      if (found.name !== name) t.fail(`${spelt.join(' ')} was taken for ${found.name}`);
    }
  }
  t.same(
    reply.map((entry) => (entry as string[])[0]).filter((name) => table.get(name ?? '') === undefined),
    [],
  );
  t.ok(table.names().includes('get'));
});

await t.test('the write flag of the server is the class of the command', async (t) => {
  for (const { name, words, flags } of listed(reply)) {
    const found = lookUp(table, ...words);
    if (flags.includes('write')) t.equal(found.write, true, `${name} is a write`);
    else if (flags.includes('readonly')) t.equal(found.write, ['pfcount'].includes(name), `${name} is a read`);
  }
});

await t.test('what is not known counts as a write and takes the lane', async (t) => {
  for (const name of ['nosuchcommand', 'gett', 'ge', '', 'get ', 'gét', 'client|list', 'G\u0000T', 'constructor']) {
    const found = lookUp(table, name, 'x');
    t.equal(found.name, 'unknown', JSON.stringify(name));
    t.match(found, { write: true, route: Route.Lane, effect: Effect.None, subcommands: null });
  }
  // Bytes that differ from a letter by the bit that makes it lower case are other bytes.
  t.equal(table.find(Buffer.from('\x07ET', 'latin1'), 0, 3).name, 'unknown');
  t.equal(table.find(Buffer.from('[et', 'latin1'), 0, 3).name, 'unknown');
});

await t.test('a container without, or with an unknown, subcommand is itself', async (t) => {
  t.equal(lookUp(table, 'CLIENT').name, 'client');
  t.equal(lookUp(table, 'CLIENT', 'nosuch').name, 'client');
  t.equal(lookUp(table, 'CLIENT', '').name, 'client');
  t.equal(lookUp(table, 'CLIENT', 'NO-EVICT', 'on').name, 'client|no-evict');
  t.equal(lookUp(table, 'GET', 'list').name, 'get', 'a key is no subcommand');
});

await t.test('each special command has its route and effect', async (t) => {
  for (const [name, special] of Object.entries(SPECIAL_COMMANDS)) {
    const found = lookUp(table, ...name.split('|'));
    t.equal(found.name, name);
    t.equal(found.route, special.route ?? Route.Lane, `route of ${name}`);
    t.equal(found.effect, special.effect ?? Effect.None, `effect of ${name}`);
  }
});

await t.test('what the server says of state on the connection has a route of its own', async (t) => {
  // `blocking` and `pubsub` are flags of COMMAND; a new command with one of them must not go unseen to a lane.
  const withoutState = new Set([
    'publish',
    'spublish',
    'pubsub|channels',
    'pubsub|numpat',
    'pubsub|numsub',
    'pubsub|shardchannels',
    'pubsub|shardnumsub',
    'pubsub',
  ]);
  for (const { name, words, flags } of listed(reply)) {
    if (withoutState.has(name) || !flags.some((flag) => flag === 'blocking' || flag === 'pubsub')) continue;
    t.not(lookUp(table, ...words).route, Route.Lane, name);
  }
});

await t.test('a command that changes roles, or is no command, never reaches a lane', async (t) => {
  for (const words of [
    'REPLICAOF',
    'SLAVEOF',
    'FAILOVER',
    'CLUSTER FAILOVER',
    'CLUSTERX',
    'SYNC',
    'PSYNC',
    'REPLCONF',
    '_FETCH_META',
  ]) {
    t.equal(lookUp(table, ...words.split(' '), 'x').route, Route.Refused, words);
  }
  t.equal(lookUp(table, 'POST', '/').route, Route.CrossProtocol, 'a browser');
  t.equal(lookUp(table, 'Host:', 'x').route, Route.CrossProtocol);
});

await t.test('a server without subcommands: everything that it may replicate is held', async (t) => {
  // Kvrocks flags with `write` or `readonly` only, and calls SCRIPT and FUNCTION readonly.
  const kvrocks = CommandTable.fromCommandReply([
    ...['set', 'eval', 'evalsha', 'sort'].map((name) => plainEntry(name, 'write')),
    ...['get', 'client', 'script', 'function', 'namespace', 'publish', 'mpublish', 'exec', 'slaveof'].map((name) =>
      plainEntry(name, 'readonly'),
    ),
    ...['pfcount', 'subscribe', 'monitor', 'xread', 'multi', 'watch', 'debug'].map((name) =>
      plainEntry(name, 'readonly'),
    ),
    ...['blpop', 'xreadgroup', 'blmove'].map((name) => plainEntry(name, 'write')),
    ['ECHO', 2, [], 0, 0, 0],
    [Buffer.from('mget'), -2, [Buffer.from('readonly')], 1, -1, 1],
    'no entry',
    null,
    [7],
  ]);
  const writes = (...args: readonly string[]): boolean => lookUp(kvrocks, ...args).write;
  for (const words of [
    'SET',
    'EVAL',
    'SORT',
    'SCRIPT LOAD',
    'SCRIPT FLUSH',
    'FUNCTION LOAD',
    'NAMESPACE ADD',
    'PUBLISH',
    'MPUBLISH',
    'PFCOUNT',
    'EXEC',
  ]) {
    t.equal(writes(...words.split(' ')), true, words);
  }
  for (const words of ['GET', 'CLIENT LIST', 'ECHO', 'MGET', 'CLIENT'])
    t.equal(writes(...words.split(' ')), false, words);
  t.equal(lookUp(kvrocks, 'client', 'list').route, Route.Here, 'the subcommands of CLIENT are known all the same');
  t.equal(lookUp(kvrocks, 'replicaof', 'x').route, Route.Refused, 'and so are role commands it does not list');
  for (const name of ['blpop', 'xread', 'xreadgroup', 'blmove', 'bzmpop', 'wait']) {
    t.match(lookUp(kvrocks, name, '1'), { route: Route.Private, effect: Effect.Blocking }, name);
  }
  t.match(lookUp(kvrocks, 'subscribe', 'c'), { route: Route.Private, effect: Effect.Subscribe });
  t.match(lookUp(kvrocks, 'monitor'), { route: Route.Private, effect: Effect.Monitor });
  t.match(lookUp(kvrocks, 'client', 'reply'), { route: Route.Private, effect: Effect.Reply });
});

await t.test('a reply that makes no sense leaves a table that holds everything', async (t) => {
  for (const nonsense of [null, 'OK', 5, [], [[]], new Error('NOPERM')]) {
    const empty = CommandTable.fromCommandReply(nonsense);
    t.equal(lookUp(empty, 'GET', 'k').write, true);
    t.equal(lookUp(empty, 'REPLICAOF', 'x').route, Route.Refused);
  }
});

await t.test('a large table finds all it holds', async (t) => {
  const names = Array.from({ length: 5000 }, (_, at) => `module.command-${at}`);
  const large = CommandTable.fromCommandReply(names.map((name) => plainEntry(name, 'readonly')));
  t.same(
    names.filter((name) => lookUp(large, name.toUpperCase()).name !== name),
    [],
  );
  t.equal(lookUp(large, 'module.command-5000').name, 'unknown');
});

await t.test('no two routes and no two effects are the same', (t) => {
  for (const numbers of [Object.values(Route), Object.values(Effect)])
    t.equal(new Set<number>(numbers).size, numbers.length);
  t.end();
});
