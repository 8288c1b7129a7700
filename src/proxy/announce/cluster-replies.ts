/*
 * The replies in which a cluster tells its clients who serves which slots, with the addresses of the proxies. A shard with a
 * proxy in front of it has one entry: its master, under the proxy's address. Its replicas are left out, for the proxy
 * serves the master alone. A shard that nobody stands in front of stays as it is.
 */
import type { NodeAddress } from '../../config/node-address.js';
import { encodeTree, readTree, type ReplyTree } from '../../resp/reply-tree.js';
import type { Announcement } from './announcement.js';

/** Rewrites a reply, which is no error. */
export type ReplyEdit = (reply: Buffer, announcement: Announcement) => Buffer;

/** By the names of the commands. */
export const CLUSTER_REPLIES: Readonly<Record<string, ReplyEdit>> = {
  'cluster|slots': onTree(announceSlots),
  'cluster|shards': onTree(announceShards),
  'cluster|nodes': onTree((tree, announcement) => ({ ...tree, text: announceNodes(tree.text, announcement) })),
  'cluster|replicas': onTree(announceReplicas),
  'cluster|slaves': onTree(announceReplicas),
};

function onTree(edit: (tree: ReplyTree, announcement: Announcement) => ReplyTree): ReplyEdit {
  return (reply, announcement) => encodeTree(edit(readTree(reply), announcement));
}

/** An array of `[from, to, [host, port, id, metadata], …]`, the master first. */
function announceSlots(tree: ReplyTree, announcement: Announcement): ReplyTree {
  const entries = tree.items.map((entry) => {
    const [from, to, master] = entry.items;
    if (from === undefined || to === undefined || master === undefined) return entry;
    const [host, port, id, ...metadata] = master.items;
    const proxy = announcement.proxyOf(host?.text ?? '', Number(port?.text));
    if (proxy === null || id === undefined) return entry;
    // Other addresses of the node: host names, what it is reached by inside.
    const emptied = metadata.map((each) => ({ ...each, items: [] }));
    const node = { ...master, items: [bulk(proxy.host), integer(proxy.port), id, ...emptied] };
    return { ...entry, items: [from, to, node] };
  });
  return { ...tree, items: entries };
}

/** An array of maps: `slots`, and `nodes`, which are maps too. In RESP2 a map is an array. */
function announceShards(tree: ReplyTree, announcement: Announcement): ReplyTree {
  const shards = tree.items.map((shard) => announceShard(shard, announcement));
  return { ...tree, items: withoutDoubles(shards).map(({ announced }) => announced) };
}

function announceShard(shard: ReplyTree, announcement: Announcement): Announced<ReplyTree> {
  const nodes = field(shard, 'nodes');
  const hasSlots = (field(shard, 'slots')?.items.length ?? 0) > 0;
  const masters = nodes?.items.filter((node) => field(node, 'role')?.text === 'master') ?? [];
  // One that has died may still be there, beside the one that was elected.
  const master = masters.find((node) => field(node, 'health')?.text === 'online') ?? masters[0];
  const proxy = master === undefined ? null : proxyOfShardNode(master, announcement);
  if (nodes === undefined || master === undefined || proxy === null) return { proxy: null, hasSlots, announced: shard };
  const values: Readonly<Record<string, ReplyTree>> = {
    port: integer(proxy.port),
    'tls-port': integer(proxy.port),
    ip: bulk(proxy.host),
    endpoint: bulk(proxy.host),
  };
  const items = pairs(master)
    .filter(([name]) => name.text !== 'hostname')
    .flatMap(([name, value]) => [name, values[name.text] ?? value]);
  const node = { ...nodes, items: [{ ...master, items }] };
  const announced = {
    ...shard,
    items: pairs(shard).flatMap(([name, value]) => [name, value === nodes ? node : value]),
  };
  return { proxy, hasSlots, announced };
}

function proxyOfShardNode(node: ReplyTree, announcement: Announcement): NodeAddress | null {
  for (const host of ['endpoint', 'ip']) {
    for (const port of ['port', 'tls-port']) {
      const proxy = announcement.proxyOf(field(node, host)?.text ?? '', Number(field(node, port)?.text));
      if (proxy !== null) return proxy;
    }
  }
  return null;
}

/** Lines `<id> <host:port@busport[,hostname]> <flags> …`. */
function announceNodes(text: string, announcement: Announcement): string {
  const lines = text.split('\n').map((line) => announceLine(line, announcement));
  return withoutDoubles(lines)
    .map(({ announced }) => announced)
    .join('\n');
}

/** An array of such lines, of replicas. */
function announceReplicas(tree: ReplyTree, announcement: Announcement): ReplyTree {
  return { ...tree, items: tree.items.filter(({ text }) => announceLine(text, announcement).proxy === null) };
}

function announceLine(line: string, announcement: Announcement): Announced<string> {
  const [id = '', place = '', ...rest] = line.split(' ');
  const hasSlots = rest.length > FIELDS_BEFORE_SLOTS;
  const [, host = '', port = '', busPort = ''] = /^(.*):(\d+)@?(\d*)/.exec(place) ?? [];
  const proxy = announcement.proxyOf(host, Number(port));
  if (proxy === null) return { proxy, hasSlots, announced: line };
  const at = busPort === '' ? '' : `@${busPort}`;
  return { proxy, hasSlots, announced: [id, `${keyOf(proxy)}${at}`, ...rest].join(' ') };
}

/** Flags, master, ping, pong, epoch, link. */
const FIELDS_BEFORE_SLOTS = 6;

/** One node or shard, as clients are told of it. */
interface Announced<T> {
  readonly proxy: NodeAddress | null;
  readonly hasSlots: boolean;
  readonly announced: T;
}

/** Behind one proxy is the node with the slots alone; others are its replicas, and masters that it has replaced. */
function withoutDoubles<T>(all: readonly Announced<T>[]): readonly Announced<T>[] {
  const serving = new Set(all.flatMap(({ proxy, hasSlots }) => (proxy !== null && hasSlots ? [keyOf(proxy)] : [])));
  return all.filter(({ proxy, hasSlots }) => proxy === null || hasSlots || !serving.has(keyOf(proxy)));
}

const keyOf = ({ host, port }: NodeAddress): string => `${host}:${port}`;

function field(map: ReplyTree, name: string): ReplyTree | undefined {
  return pairs(map).find(([each]) => each.text === name)?.[1];
}

function pairs({ items }: ReplyTree): readonly (readonly [ReplyTree, ReplyTree])[] {
  const found: [ReplyTree, ReplyTree][] = [];
  for (let at = 0; at < items.length; at += 2) {
    const [name, value] = [items[at], items[at + 1]];
    if (name !== undefined && value !== undefined) found.push([name, value]);
  }
  return found;
}

const bulk = (text: string): ReplyTree => ({ type: '$', text, items: [] });
const integer = (value: number): ReplyTree => ({ type: ':', text: String(value), items: [] });
