import { readTree, type ReplyTree } from '../../../../src/resp/reply-tree.js';
import { treeKey } from './reply-tree.js';

/** Something that must differ between two servers, whoever stands between. */
interface Difference {
  /** Lower-case names of the commands whose replies have it. */
  readonly commands: readonly string[];
  readonly reason: string;
  /** The reply without what differs. */
  readonly without: (reply: ReplyTree) => ReplyTree;
}

/** The one list of what may differ. What is not here must be equal to the last byte. */
const DIFFERENCES: readonly Difference[] = [
  {
    commands: ['unsubscribe', 'punsubscribe', 'sunsubscribe', 'reset'],
    reason: 'without names all are left, in the order of a hash table',
    without: channelLeft,
  },
  {
    commands: ['client|id', 'client|getredir', 'client|trackinginfo'],
    reason: 'each server, and Holdfast, numbers its connections by itself',
    without: positiveIntegers,
  },
  {
    commands: ['hello'],
    reason: 'names the id of the connection',
    without: (reply) => afterKey(reply, 'id', anything),
  },
  {
    commands: [
      'client|info',
      'client|list',
      'info',
      'memory|doctor',
      'memory|stats',
      'latency|doctor',
      'latency|graph',
      'latency|histogram',
      'acl|log',
      'slowlog|get',
    ],
    reason: 'speaks of addresses, times, memory and of everything that the server has done',
    without: kindOnly,
  },
  {
    commands: ['time', 'lastsave', 'role'],
    reason: 'the clocks go on between the two; a moved master has another offset and other replicas',
    without: kindOnly,
  },
  {
    commands: ['ttl', 'pttl', 'expiretime', 'pexpiretime', 'object|idletime'],
    reason: 'counted from the moment in which the command ran',
    without: positiveIntegers,
  },
  {
    commands: ['memory|usage', 'object|freq', 'slowlog|len', 'wait'],
    reason: 'memory is counted by samples, and what was slow or has replicas depends on the machine',
    without: positiveIntegers,
  },
  {
    commands: [
      'xadd',
      'xrange',
      'xrevrange',
      'xread',
      'xreadgroup',
      'xclaim',
      'xautoclaim',
      'xpending',
      'xinfo|stream',
      'xinfo|groups',
      'xinfo|consumers',
      'xgroup|create',
      'xtrim',
    ],
    reason: 'an id that the server chose is a time; idle times go on',
    without: times,
  },
  {
    commands: [
      'smembers',
      'sinter',
      'sunion',
      'sdiff',
      'spop',
      'srandmember',
      'sscan',
      'sort',
      'sort_ro',
      'hgetall',
      'hkeys',
      'hvals',
      'hscan',
      'hrandfield',
      'zrandmember',
      'zscan',
      'keys',
      'scan',
      'pubsub|channels',
      'pubsub|shardchannels',
      'config|get',
      'function|list',
      'command',
      'command|list',
      'command|info',
      'command|docs',
      'acl|getuser',
      'acl|users',
      'acl|cat',
      'module|list',
      'cluster|getkeysinslot',
      'eval',
      'eval_ro',
      'fcall',
      'fcall_ro',
    ],
    reason: 'a hash table is walked in the order of a seed that each server draws at its start',
    without: unordered,
  },
  {
    commands: ['dump', 'function|dump', 'acl|genpass', 'randomkey', 'srandmember', 'hrandfield', 'zrandmember'],
    reason: 'drawn by chance, or written in the order of a hash table',
    without: (reply) => (reply.type === '$' && reply.text !== 'null' ? { ...reply, text: '' } : reply),
  },
];

/** True when the two replies say the same. @param commands lower-case names of the commands that they may answer. */
export function sameReply(direct: Buffer, behind: Buffer, commands: ReadonlySet<string>): boolean {
  if (direct.equals(behind)) return true;
  let [one, two] = [readTree(direct), readTree(behind)];
  for (const { commands: names, without } of DIFFERENCES) {
    if (!names.some((name) => commands.has(name))) continue;
    [one, two] = [without(one), without(two)];
    // Or it is among the results of a transaction.
    if (commands.has('exec')) [one, two] = [eachItem(one, without), eachItem(two, without)];
  }
  return treeKey(one) === treeKey(two);
}

function eachItem(reply: ReplyTree, change: (item: ReplyTree) => ReplyTree): ReplyTree {
  return { ...reply, items: reply.items.map(change) };
}

function anything(reply: ReplyTree): ReplyTree {
  return { ...reply, text: '', items: [] };
}

/** Errors and nulls are compared in full, all else by its type. */
function kindOnly(reply: ReplyTree): ReplyTree {
  return reply.type === '-' || reply.text === 'null' ? reply : anything(reply);
}

function mapLeaves(reply: ReplyTree, change: (leaf: ReplyTree) => ReplyTree): ReplyTree {
  if (reply.items.length > 0) return { ...reply, items: reply.items.map((item) => mapLeaves(item, change)) };
  return change(reply);
}

/** Takes the channel out of a confirmation: what was left, and how many remain. A list of command names may begin with such a word, too. */
function channelLeft(reply: ReplyTree): ReplyTree {
  const [kind, , remaining] = reply.items;
  if (reply.items.length !== 3 || !kind?.text.endsWith('unsubscribe') || remaining?.type !== ':') return reply;
  return { ...reply, items: [kind, remaining] };
}

function positiveIntegers(reply: ReplyTree): ReplyTree {
  return mapLeaves(reply, (leaf) => (leaf.type === ':' && Number(leaf.text) > 0 ? { ...leaf, text: 'some' } : leaf));
}

function times(reply: ReplyTree): ReplyTree {
  const neutral = mapLeaves(reply, (leaf) => ({
    ...leaf,
    text: leaf.type === ':' && /^\d{13}$/.test(leaf.text) ? 'time' : leaf.text.replace(/^\d{13}-\d+$/, 'time'),
  }));
  return ['idle', 'inactive'].reduce((tree, key) => afterKey(tree, key, anything), idleOfPending(neutral));
}

/** The entries of XPENDING: id, consumer, idle time, deliveries. */
function idleOfPending(reply: ReplyTree): ReplyTree {
  const [id, consumer, idle, deliveries] = reply.items;
  if (reply.items.length === 4 && id && consumer && deliveries && idle?.type === ':' && deliveries.type === ':') {
    return { ...reply, items: [id, consumer, anything(idle), deliveries] };
  }
  return { ...reply, items: reply.items.map(idleOfPending) };
}

/** Changes what follows a key, in a map or in the list that RESP2 makes of it. */
function afterKey(reply: ReplyTree, key: string, change: (value: ReplyTree) => ReplyTree): ReplyTree {
  return {
    ...reply,
    items: reply.items.map((item, at) =>
      reply.items[at - 1]?.text === key ? change(item) : afterKey(item, key, change),
    ),
  };
}

function unordered(reply: ReplyTree): ReplyTree {
  if (reply.items.length === 0) return reply;
  const items = reply.items.map(unordered);
  const keyed = items
    .map((item) => [treeKey(item), item] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { ...reply, items: keyed.map(([, item]) => item) };
}
