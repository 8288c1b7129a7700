import type { DoubleConnection } from './double-connection.js';
import { ADMIN_ONLY, OK, type Value } from './double-replies.js';
import type { KvrocksDouble } from './kvrocks-double.js';

const SYNTAX_ERROR: Value = { error: 'ERR Syntax error, try CLIENT LIST|INFO|KILL ip:port|GETNAME|SETNAME' };

/** The subcommands of CLIENT that Kvrocks has. */
export function answerClient(node: KvrocksDouble, connection: DoubleConnection, words: readonly string[]): Value {
  const [, subcommand = '', ...rest] = words;
  if (/^(un)?pause$/i.test(subcommand) && !connection.isAdmin) return ADMIN_ONLY;
  switch (subcommand.toLowerCase()) {
    case 'id':
      return connection.id;
    case 'info':
      return line(connection);
    case 'list':
      return [...node.connections.values()].map(line).join('') + node.replicas.map(replicaLine).join('');
    case 'getname':
      return connection.name === '' ? null : connection.name;
    case 'setname':
      connection.name = rest[0] ?? '';
      return OK;
    case 'kill':
      return kill(node, connection, rest);
    case 'pause':
      return node.hasPause ? pause(node, rest) : SYNTAX_ERROR;
    case 'unpause':
      if (!node.hasPause) return SYNTAX_ERROR;
      node.pause.end();
      return OK;
    default:
      return SYNTAX_ERROR;
  }
}

function line({ id, addr, name, namespace }: DoubleConnection): string {
  return `id=${id} addr=${addr} fd=20 name=${name} age=0 idle=0 flags=N namespace=${namespace} qbuf=0 obuf=0 cmd=client\n`;
}

/** A replica is listed with the port that it came from, which nobody can guess; the double states the one on which it listens. */
function replicaLine({ host, port }: KvrocksDouble): string {
  return `id=${port} addr=${host}:${port} fd=20 name= age=0 idle=0 flags=S namespace=__namespace qbuf=0 obuf=0 cmd=psync\n`;
}

function kill(node: KvrocksDouble, asker: DoubleConnection, words: readonly string[]): Value {
  if (words.length < 2) {
    const found = [...node.connections.values()].find(({ addr }) => addr === words[0]);
    found?.destroy();
    return found === undefined ? { error: 'ERR No such client' } : OK;
  }
  const filters: ((each: DoubleConnection) => boolean)[] = [];
  let killed = 0;
  let skipMe = false;
  for (let at = 0; at < words.length; at += 2) {
    const value = words[at + 1] ?? '';
    switch (words[at]?.toLowerCase()) {
      case 'type':
        if (/^(slave|replica)$/i.test(value)) killed += node.killReplicas();
        else filters.push(() => /^normal$/i.test(value));
        break;
      case 'id':
        filters.push(({ id }) => String(id) === value);
        break;
      case 'addr':
        killed += node.killReplica(value);
        filters.push(({ addr }) => addr === value);
        break;
      case 'skipme':
        skipMe = /^yes$/i.test(value);
        break;
      default:
        return SYNTAX_ERROR;
    }
  }
  // From the source: whoever meets one of the filters.
  const all = [...node.connections.values()];
  const matching = all.filter((each) => !(skipMe && each === asker) && filters.some((meets) => meets(each)));
  for (const connection of matching) connection.destroy();
  return killed + matching.length;
}

function pause(node: KvrocksDouble, [time, mode = 'ALL']: readonly string[]): Value {
  if (time === undefined) return { error: "ERR wrong number of arguments for 'client|pause' command" };
  if (!/^-?\d{1,18}$/.test(time)) return { error: 'ERR timeout is not an integer or out of range' };
  if (Number(time) < 0) return { error: 'ERR timeout is negative' };
  if (!/^(write|all)$/i.test(mode)) return { error: 'ERR CLIENT PAUSE mode must be WRITE or ALL' };
  if (/^all$/i.test(mode)) throw new Error('a pause of everything is what Holdfast must never ask for');
  node.pause.begin(Number(time));
  return OK;
}
