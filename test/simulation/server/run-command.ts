import { createHash } from 'node:crypto';
import { administrate } from './administrate.js';
import { NULL_ARRAY, OK, Refusal, Status, type Answer } from './answer.js';
import type { ModelledCommand } from './command-list.js';
import type { ServerConnection } from './connection.js';
import { tell } from './replica-side.js';
import type { SimServer } from './sim-server.js';

/** What a command has to say; null: nothing, or not now. */
type Said = { readonly answer: Answer } | null;

const said = (answer: Answer): Said => ({ answer });

/** Runs a command that may run now. */
export function runCommand(
  server: SimServer,
  connection: ServerConnection,
  command: ModelledCommand,
  words: readonly string[],
): Said {
  const args = words.slice(command.name.includes('|') ? 2 : 1);
  switch (command.name) {
    case 'multi':
      return multi(connection);
    case 'exec':
      return exec(server, connection);
    case 'discard':
      if (connection.queue === null) return said(new Refusal('ERR DISCARD without MULTI'));
      connection.leaveMulti();
      return said(OK);
    case 'watch':
      if (connection.queue !== null) return said(new Refusal('ERR WATCH inside MULTI is not allowed'));
      for (const key of args) connection.watched.add(`${connection.db}/${key}`);
      return said(OK);
    case 'unwatch':
      connection.unwatch();
      return said(OK);
    case 'subscribe':
    case 'unsubscribe':
      return subscribe(connection, command.name, args);
    case 'blpop':
      return blpop(server, connection, args);
    case 'psync':
      return psync(server, connection, args);
    case 'replconf':
      if (connection.replica !== null) connection.replica.offset = Number(args[1]);
      return null;
    default: {
      const effects: (readonly string[])[] = [];
      const answer = runPlain(server, connection, command, args, effects);
      server.stream.write(connection.db, effects);
      return said(answer);
    }
  }
}

/** A command that may stand in MULTI too. @param effects what of it goes to the replicas. */
function runPlain(
  server: SimServer,
  connection: ServerConnection,
  { name, flags }: ModelledCommand,
  args: readonly string[],
  effects: (readonly string[])[],
): Answer {
  switch (name) {
    case 'ping':
      return connection.channels.size > 0 ? ['pong', args[0] ?? ''] : (args[0] ?? new Status('PONG'));
    case 'echo':
      return args[0] ?? '';
    case 'select':
      connection.db = Number(args[0]);
      return OK;
    case 'publish':
      effects.push(['PUBLISH', ...args]);
      return tell(server, args);
    case 'eval':
    case 'evalsha':
    case 'script|load':
    case 'script|exists':
    case 'script|flush':
      return script(server, connection, name, args, effects);
    default:
      if (!flags.has('write') && !flags.has('readonly')) return administrate(server, connection, name, args);
      return runOnData(server, connection.db, name, args, effects);
  }
}

function runOnData(
  server: SimServer,
  db: number,
  name: string,
  args: readonly string[],
  effects: (readonly string[])[],
): Answer {
  const { answer, changed } = server.keyspace.run(db, name, args);
  if (changed.length > 0) {
    server.touch(changed);
    effects.push([name.toUpperCase(), ...args]);
  }
  return answer;
}

function multi(connection: ServerConnection): Said {
  if (connection.queue !== null) return said(new Refusal('ERR MULTI calls can not be nested'));
  connection.queue = [];
  return said(OK);
}

function exec(server: SimServer, connection: ServerConnection): Said {
  const { queue, spoiled, dirty } = connection;
  if (queue === null) return said(new Refusal('ERR EXEC without MULTI'));
  connection.leaveMulti();
  if (spoiled) return said(new Refusal('EXECABORT Transaction discarded because of previous errors.'));
  if (dirty) return said(NULL_ARRAY);
  const effects: (readonly string[])[] = [];
  const { db } = connection;
  const answers = queue.map((words) => {
    const command = server.commandOf(words);
    if (command.name === 'blpop') return popInMulti(server, connection, words.slice(1), effects);
    return runPlain(server, connection, command, words.slice(command.name.includes('|') ? 2 : 1), effects);
  });
  server.stream.write(db, effects);
  return said(answers);
}

/** In MULTI nobody waits. */
function popInMulti(
  server: SimServer,
  { db }: ServerConnection,
  args: readonly string[],
  effects: (readonly string[])[],
): Answer {
  for (const key of args.slice(0, -1)) {
    const popped = runOnData(server, db, 'lpop', [key], effects);
    if (popped !== null) return [key, popped];
  }
  return NULL_ARRAY;
}

function subscribe(connection: ServerConnection, name: string, args: readonly string[]): Said {
  const { channels } = connection;
  const named = args.length > 0 ? args : [...channels];
  for (const channel of named) {
    if (name === 'subscribe') channels.add(channel);
    else channels.delete(channel);
    connection.say([name, channel, channels.size]);
  }
  if (named.length === 0) connection.say([name, null, 0]);
  return null;
}

function blpop(server: SimServer, connection: ServerConnection, args: readonly string[]): Said {
  const timeout = Number(args.at(-1));
  if (Number.isNaN(timeout)) return said(new Refusal('ERR timeout is not a float or out of range'));
  const keys = args.slice(0, -1).map((key) => `${connection.db}/${key}`);
  server.blocked.pop(connection, keys, timeout * 1000);
  return null;
}

function psync(
  server: SimServer,
  connection: ServerConnection,
  [id = '', from, address = '']: readonly string[],
): Said {
  if (!server.isMaster && server.upstream.state !== 'connected') {
    return said(new Refusal("NOMASTERLINK Can't SYNC while not connected with my master"));
  }
  server.stream.sync(connection, id, Number(from), address);
  return null;
}

/** The only script is one that increments its key; its text is only a name. */
function script(
  server: SimServer,
  { db }: ServerConnection,
  name: string,
  args: readonly string[],
  effects: (readonly string[])[],
): Answer {
  const [first = '', , key = ''] = args;
  switch (name) {
    case 'script|flush':
      server.scripts.clear();
      return OK;
    case 'script|exists':
      return args.map((sha) => (server.scripts.has(sha) ? 1 : 0));
    case 'evalsha':
      if (!server.scripts.has(first)) return new Refusal('NOSCRIPT No matching script. Please use EVAL.');
      break;
    default:
      server.scripts.add(createHash('sha1').update(first).digest('hex'));
  }
  if (name === 'script|load') return createHash('sha1').update(first).digest('hex');
  if (!server.isMaster) {
    const sha = name === 'evalsha' ? first : createHash('sha1').update(first).digest('hex');
    return new Refusal(`READONLY You can't write against a read only replica. script: ${sha}, on @user_script:1.`);
  }
  return runOnData(server, db, 'incr', [key], effects);
}
