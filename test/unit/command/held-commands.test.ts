import t from 'tap';
import { CommandTable } from '../../../src/command/command-table.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { commandReply, listed, type ListedCommand } from './command-replies.js';

/** They would end the pause, the server or the observation, or leave the connection in a state without a reply. */
const NOT_TRIED: ReadonlySet<string> = new Set(
  (
    'client|unpause client|pause client|kill client|reply shutdown failover cluster|failover replicaof slaveof sync ' +
    'psync replconf debug quit monitor reset auth hello config|set acl|setuser bgsave save bgrewriteaof wait waitaof'
  ).split(' '),
);

/**
 * EXEC: the server holds it only when its queue has a write. SCRIPT LOAD, SCRIPT FLUSH: Redis 7 does not replicate
 * scripts any more, but one that is loaded into the old master during a switch would be missing on the new one.
 */
const HELD_BY_THE_GATE_ALONE = ['exec', 'script|load', 'script|flush'];

/** A command with as many words as its arity asks for: the server counts them before it looks at the pause. */
function wordsOf(command: ListedCommand): string[] {
  const words = [...command.words];
  while (words.length < Math.abs(command.arity)) words.push('1');
  return words;
}

/** Observes until the server either answered or holds the connection; held connections have the flag `b` in CLIENT LIST. */
async function heldAmong(server: RedisServer, commands: readonly ListedCommand[]): Promise<string[]> {
  const clients = await Promise.all(
    commands.map(async (command) => ({ command, connection: await RawClient.connect(server) })),
  );
  try {
    for (const { command, connection } of clients) {
      connection.send(`${wordsOf(command).join(' ')}\r\n`);
    }
    return await until('every command is answered or held', async () => {
      const blocked = String(await server.send('CLIENT', 'LIST'))
        .split('\n')
        .filter((line) => / flags=\w*b/.test(line))
        .map((line) => / addr=(\S+)/.exec(line)?.[1]);
      const held: string[] = [];
      for (const { command, connection } of clients) {
        if (connection.received.length > 0) continue;
        if (!blocked.includes(`127.0.0.1:${connection.socket.localPort}`)) return undefined;
        held.push(command.name);
      }
      return held;
    });
  } finally {
    for (const { connection } of clients) connection.close();
  }
}

await t.test('the gate holds what CLIENT PAUSE … WRITE holds on a real server, command by command', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const reply = await commandReply(server);
  const table = CommandTable.fromCommandReply(reply);
  const commands = listed(reply).filter(({ name, isContainer }) => !isContainer && !NOT_TRIED.has(name));
  t.ok(commands.length > 250, `${commands.length} commands`);

  await server.send('CLIENT', 'PAUSE', '600000', 'WRITE');
  const heldByServer = await heldAmong(server, commands);

  const heldByGate = commands.filter(({ words }) => {
    const bytes = Buffer.from(words.join(''));
    const [first = '', second = ''] = words;
    return table.resolve(bytes, {
      nameStart: 0,
      nameLength: first.length,
      secondStart: first.length,
      secondLength: words.length > 1 ? second.length : -1,
    }).write;
  });
  t.ok(heldByServer.length > 100, `${heldByServer.length} are held`);
  t.same(
    heldByGate.map(({ name }) => name).filter((name) => !HELD_BY_THE_GATE_ALONE.includes(name)),
    heldByServer,
  );
  for (const name of ['set', 'eval', 'evalsha', 'fcall', 'publish', 'spublish', 'pfcount', 'blpop']) {
    t.ok(heldByServer.includes(name), name);
  }
  for (const name of ['get', 'eval_ro', 'fcall_ro', 'sort_ro', 'script|exists', 'xread']) {
    t.notOk(heldByServer.includes(name), name);
  }
});
