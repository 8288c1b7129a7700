import { userOf } from '../../session/identity.js';
import type { Client } from '../client/client.js';
import { clientType } from '../client/client-type.js';
import type { Shard } from '../shard.js';

/** One client as `CLIENT LIST` of Redis 7 shows it; what only a server can know (memory, buffers) is 0. */
export function describeClient(client: Client): string {
  const { session, shard, link } = client;
  const now = shard.options.now();
  const seconds = (sinceMs: number): number => Math.floor((now - sinceMs) / 1000);
  const subscriptions = link?.state.subscriptions;
  const fields: readonly (readonly [string, string | number])[] = [
    ['id', client.id],
    ['addr', client.addr],
    ['laddr', client.laddr],
    ['fd', client.id],
    ['name', session.name],
    ['age', seconds(client.connectedAt)],
    ['idle', seconds(client.lastActiveAt)],
    ['flags', flagsOf(client)],
    ['db', session.identity.db],
    ['sub', subscriptions?.channel.size ?? 0],
    ['psub', subscriptions?.pattern.size ?? 0],
    ['ssub', subscriptions?.shard.size ?? 0],
    ['multi', link?.state.transaction?.length ?? -1],
    ['qbuf', client.input.length],
    ['qbuf-free', 0],
    ['argv-mem', 0],
    ['multi-mem', 0],
    ['rbs', 0],
    ['rbp', 0],
    ['obl', 0],
    ['oll', 0],
    ['omem', 0],
    ['tot-mem', 0],
    ['events', 'r'],
    ['cmd', client.lastCommand === '' ? 'NULL' : client.lastCommand],
    ['user', userOf(session.identity)],
    ['redir', -1],
    ['resp', session.identity.resp],
    ['lib-name', session.libName],
    ['lib-ver', session.libVer],
  ];
  return `${fields.map(([name, value]) => `${name}=${value}`).join(' ')}\n`;
}

/** Redis' letters: P subscriber, O monitor, x in MULTI, b blocked, t tracking, N none of these. */
function flagsOf(client: Client): string {
  const state = client.link?.state;
  let flags = '';
  if (state?.monitoring === true) flags += 'O';
  if (state?.subscribed === true) flags += 'P';
  if (state?.inMulti === true) flags += 'x';
  if (client.waitsFor === 'blocked' || client.waitsFor === 'held') flags += 'b';
  if (state?.tracking === true) flags += 't';
  return flags === '' ? 'N' : flags;
}

/** `CLIENT LIST`, `… TYPE normal|pubsub|…`, `… ID 1 2 3`; the server has checked the syntax. @param args behind LIST. */
export function listClients(shard: Shard, args: readonly string[]): string {
  const [filter, ...values] = args.map((arg) => arg.toLowerCase());
  const lines: string[] = [];
  for (const each of shard.clients.values()) {
    if (filter === 'id' && !values.includes(String(each.id))) continue;
    if (filter === 'type' && values[0] !== clientType(each)) continue;
    lines.push(describeClient(each));
  }
  return lines.join('');
}

/** Lines of CLIENT LIST from several processes, in the order in which their clients came. */
export function byId(lines: string): string {
  const idOf = (line: string): number => Number(/^id=(\d+)/.exec(line)?.[1]);
  return lines
    .split(/(?<=\n)/)
    .sort((one, other) => idOf(one) - idOf(other))
    .join('');
}
