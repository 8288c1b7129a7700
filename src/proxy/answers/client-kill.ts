import { encodeError, encodeInteger, encodeStatus } from '../../resp/encode.js';
import { userOf } from '../../session/identity.js';
import type { Client } from '../client/client.js';
import { clientType } from '../client/client-type.js';
import type { Shard } from '../shard.js';
import { disconnect } from '../client/disconnect.js';

/** Redis' client types; the proxy's clients are never masters or replicas. */
const TYPES = ['normal', 'master', 'replica', 'slave', 'pubsub'];

/**
 * `CLIENT KILL addr:port` and `CLIENT KILL <filter> <value> …`, meant for the proxy's clients: forwarded, it would kill
 * the lanes that everybody shares. Texts as in Redis 7 (`networking.c`, `clientCommand`).
 *
 * @param args behind KILL.
 * @param caller spared unless it says otherwise; null: it is another process' client.
 * @returns how many were killed, or the error's text.
 */
export function killClients(shard: Shard, args: readonly string[], caller: Client | null): number | string {
  const [first] = args;
  if (args.length === 1 && first !== undefined) {
    const victim = [...shard.clients.values()].find((each) => each.addr === first);
    if (victim === undefined) return 0;
    kill(victim, caller);
    return 1;
  }
  const filters: ((client: Client) => boolean)[] = [];
  let skipMe = true;
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at]?.toLowerCase();
    const value = args[at + 1];
    if (value === undefined) return 'ERR syntax error';
    const lower = value.toLowerCase();
    if (name === 'skipme') {
      if (lower !== 'yes' && lower !== 'no') return 'ERR syntax error';
      skipMe = lower === 'yes';
      continue;
    }
    const filter = filterOf(name ?? '', value);
    if (typeof filter === 'string') return filter;
    filters.push(filter);
  }
  let killed = 0;
  for (const client of shard.clients.values()) {
    if (client === caller && skipMe) continue;
    if (!filters.every((matches) => matches(client))) continue;
    kill(client, caller);
    killed++;
  }
  return killed;
}

/** What the client is told. @param killed as {@link killClients} gives it. */
export function killAnswer(args: readonly string[], killed: number | string): Buffer {
  if (typeof killed === 'string') return encodeError(killed);
  if (args.length > 1) return encodeInteger(killed);
  return killed === 0 ? encodeError('ERR No such client') : encodeStatus('OK');
}

/** @returns the error's text when the value makes no sense. */
function filterOf(name: string, value: string): ((client: Client) => boolean) | string {
  switch (name) {
    case 'id':
      if (!/^[1-9]\d*$/.test(value)) return 'ERR client-id should be greater than 0';
      return (client) => client.id === Number(value);
    case 'addr':
      return (client) => client.addr === value;
    case 'laddr':
      return (client) => client.laddr === value;
    case 'user':
      return (client) => userOf(client.session.identity) === value;
    case 'maxage':
      if (!/^[1-9]\d*$/.test(value)) return 'ERR maxage should be greater than 0';
      return (client) => client.shard.options.now() - client.connectedAt >= Number(value) * 1000;
    case 'type':
      if (!TYPES.includes(value.toLowerCase())) return `ERR Unknown client type '${value}'`;
      return (client) => clientType(client) === value.toLowerCase();
    default:
      return 'ERR syntax error';
  }
}

/** The caller is answered before it goes. */
function kill(victim: Client, caller: Client | null): void {
  if (victim === caller) setImmediate(() => disconnect(victim, 'killed', 'gently'));
  else disconnect(victim, 'killed', 'at-once');
}
