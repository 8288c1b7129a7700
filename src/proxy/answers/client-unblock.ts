import { encodeRequest } from '../../resp/encode.js';
import type { Client } from '../client/client.js';
import { NO_SUCH_ID } from '../private/tracking.js';
import type { Upstream } from '../upstream/upstream.js';
import { runErrand } from './errand.js';

const text = (arg: Buffer | undefined): string => arg?.toString('latin1') ?? '';

/** CLIENT UNBLOCK as the server has to be told it: its own number of the connection on which that client waits. */
export function unblockOnServer(client: Client, args: readonly Buffer[]): Buffer {
  return withServerId(args, serverIdOf(client, text(args[2])));
}

/** The call that is to be unblocked has been let go by the old master, and the new one does not have it yet. */
export function betweenMasters(client: Client, args: readonly Buffer[]): boolean {
  const { shard } = client;
  return shard.blocked.moving && shard.clients.get(Number(text(args[2])))?.link?.blocked?.settled === false;
}

/** The client that is to be unblocked may be another process'. @returns false when it is not, or there is none. */
export function unblockElsewhere(client: Client, upstream: Upstream, args: readonly Buffer[]): boolean {
  const { peers, clients } = client.shard;
  const id = text(args[2]);
  if (peers === null || !isId(id) || clients.has(Number(id))) return false;
  client.wait('errand');
  void peers.ask('blockedOn', Number(id)).then((found) => {
    if (client.closed) return;
    if (upstream.closed) {
      client.fail('upstream-failed');
      client.resume('errand');
      return;
    }
    const serverId = found.find((each) => each > 0);
    const request = withServerId(args, serverId === undefined ? NO_SUCH_ID : String(serverId));
    runErrand(client, upstream, request, (reply) => reply);
  });
  return true;
}

function withServerId(args: readonly Buffer[], id: string): Buffer {
  return encodeRequest(args.length < 3 ? args : [...args.slice(0, 2), id, ...args.slice(3)]);
}

/** The server's id of the link on which the proxy's client `id` is blocked; words that are no id are left to the server. */
function serverIdOf(client: Client, id: string): string {
  if (!isId(id)) return id;
  const link = client.shard.clients.get(Number(id))?.link;
  return link?.blocked?.settled === true && link.upstream.serverId > 0 ? String(link.upstream.serverId) : NO_SUCH_ID;
}

function isId(id: string): boolean {
  return /^\d{1,15}$/.test(id);
}
