import { answerCluster, answerClusterX } from './cluster-commands.js';
import { answerClient } from './double-client-commands.js';
import { keysOf } from './double-command-list.js';
import type { DoubleConnection } from './double-connection.js';
import { infoText } from './double-info.js';
import { OK, type Value } from './double-replies.js';
import type { KvrocksDouble } from './kvrocks-double.js';

/** What a Kvrocks answers otherwise than the redis-server behind would. @returns undefined for what is passed on to that. */
export async function answerHere(
  node: KvrocksDouble,
  connection: DoubleConnection,
  words: readonly string[],
): Promise<Value | undefined> {
  const second = words[1]?.toLowerCase() ?? '';
  switch (words[0]?.toLowerCase()) {
    case 'role':
      return role(node);
    case 'info':
      return infoText(node, second);
    case 'client':
      return answerClient(node, connection, words);
    case 'slaveof':
      return slaveOf(node, words);
    case 'config':
      return config(node, words);
    case 'select':
      return OK;
    case 'hello':
      return hello(node, connection, words);
    case 'command':
      return command(node, words);
    case 'auth':
      return authenticate(node, connection, words[1] ?? '') ?? OK;
    case 'namespace':
      return namespace(node, words);
    case 'cluster':
      return answerCluster(node, words);
    case 'clusterx':
      return answerClusterX(node, words);
    case 'readonly':
    case 'readwrite':
      connection.readOnly = words[0]?.toLowerCase() === 'readonly';
      return OK;
    case 'script':
      return script(node, words);
    default:
      return undefined;
  }
}

/** From the source: what is loaded or flushed is replicated. What EVAL has run is not. */
async function script(node: KvrocksDouble, words: readonly string[]): Promise<Value | undefined> {
  if (!/^(load|flush)$/i.test(words[1] ?? '')) return undefined;
  // The words as recorded.
  if (node.master !== null) return { error: "ERR READONLY You can't write against a read only slave" };
  for (const replica of node.replicas) await replica.server.send(...words).catch(() => undefined);
  return undefined;
}

async function slaveOf(node: KvrocksDouble, [, host = '', port = '']: readonly string[]): Promise<Value> {
  if (node.cluster !== null) return { error: "ERR can't change to slave in cluster mode" };
  if (host.toLowerCase() === 'no') {
    await node.promote();
    return OK;
  }
  const refused = await node.follow(host, port);
  return refused === null ? OK : { error: refused };
}

async function role(node: KvrocksDouble): Promise<Value> {
  node.rolesAsked++;
  if (node.restoring) {
    await node.crash('ROLE was asked while a full synchronisation was being restored');
    return null;
  }
  const text = await infoText(node, 'replication');
  const field = (key: string): string => new RegExp(`^${key}:(.*)\r$`, 'm').exec(text)?.[1] ?? '';
  const offset = field('master_repl_offset');
  if (node.master === null) {
    const replicas = node.replicas.map((each) => [each.host, String(each.port), offset]);
    return replicas.length === 0 ? ['master', offset] : ['master', offset, replicas];
  }
  const state = field('master_link_status') === 'up' ? 'connected' : 'connecting';
  return ['slave', node.master.host, String(node.master.port), state, offset];
}

function config(node: KvrocksDouble, words: readonly string[]): Value {
  switch (words[1]?.toLowerCase()) {
    case 'rewrite':
      node.written = node.master === null ? 'master' : { slaveOf: node.master.id };
      return OK;
    case 'get': {
      const value = node.settings.get(words[2]?.toLowerCase() ?? '');
      return { map: value === undefined ? [] : [words[2] ?? '', value] };
    }
    case 'set':
      node.settings.set(words[2]?.toLowerCase() ?? '', words[3] ?? '');
      return OK;
    default:
      return OK;
  }
}

function hello(node: KvrocksDouble, connection: DoubleConnection, words: readonly string[]): Value {
  const [, wanted = '2', ...options] = words;
  if (!/^\d+$/.test(wanted)) return { error: 'ERR Protocol version is not an integer or out of range' };
  if (wanted !== '2' && wanted !== '3') return { error: 'NOPROTO unsupported protocol version' };
  for (let at = 0; at < options.length; at += 2) {
    const [option = '', value = ''] = [options[at], options[at + 1]];
    if (option.toLowerCase() === 'setname') {
      connection.name = value;
    } else if (option.toLowerCase() === 'auth') {
      // With a user name, which has to be this one, or without.
      const isNamed = (options.length - at - 1) % 2 === 0;
      if (isNamed && value !== 'default') return { error: 'ERR Invalid password' };
      const refused = authenticate(node, connection, isNamed ? (options[at + 2] ?? '') : value);
      if (refused !== null) return refused;
      if (isNamed) at++;
    } else {
      return { error: `ERR Syntax error in HELLO option ${option}` };
    }
  }
  // RESP3 is off unless it is configured, and then who asks for it is told 2, without an error.
  if (node.resp3) connection.resp = wanted === '3' ? 3 : 2;
  const about: readonly (readonly [string, Value])[] = [
    ['server', 'redis'],
    ['version', '4.0.0'],
    ['proto', connection.resp],
    ['mode', node.cluster === null ? 'standalone' : 'cluster'],
    ['role', node.master === null ? 'master' : 'slave'],
    ['modules', { array: null }],
  ];
  return { map: about.flat() };
}

/** @returns an error, or null. */
function authenticate(node: KvrocksDouble, connection: DoubleConnection, password: string): Value {
  if (node.requirepass === '') return { error: 'ERR Client sent AUTH, but no password is set' };
  const name = node.namespaces.named(password);
  if (name === null) return { error: 'ERR Invalid password' };
  connection.namespace = name;
  return null;
}

function namespace({ namespaces }: KvrocksDouble, words: readonly string[]): Value {
  const [, subcommand = '', name = '', token] = words;
  const done = (refused: string | null): Value => (refused === null ? OK : { error: `ERR ${refused}` });
  const lower = subcommand.toLowerCase();
  if (lower === 'get' && words.length === 3) return name === '*' ? namespaces.list : namespaces.tokenOf(name);
  if (lower === 'del' && words.length === 3) return done(namespaces.delete(name));
  if (token !== undefined && words.length === 4 && lower === 'add') return done(namespaces.add(name, token));
  if (token !== undefined && words.length === 4 && lower === 'set') return done(namespaces.set(name, token));
  return { error: 'ERR NAMESPACE subcommand must be one of GET, SET, DEL, ADD' };
}

function command({ commands }: KvrocksDouble, words: readonly string[]): Value {
  switch (words[1]?.toLowerCase()) {
    case undefined:
      return [...commands.values()].map(({ entry }) => entry);
    case 'count':
      return commands.size;
    case 'info':
      return words.slice(2).map((name) => commands.get(name.toLowerCase())?.entry ?? null);
    case 'getkeys': {
      const asked = commands.get((words[2] ?? '').toLowerCase());
      return asked === undefined ? { error: 'ERR Invalid command specified' } : keysOf(asked, words.slice(2));
    }
    default:
      return { error: 'ERR Command subcommand must be one of COUNT, GETKEYS, INFO' };
  }
}
