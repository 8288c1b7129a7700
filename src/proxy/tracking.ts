import { setTimeout as delay } from 'node:timers/promises';
import type { CommandInfo } from '../command/command-info.js';
import type { NodeId } from '../config/node-address.js';
import { decodeRequest } from '../resp/decode.js';
import { encodeRequest } from '../resp/encode.js';
import { FrameType } from '../resp/reply-scanner.js';
import type { Client } from './client.js';
import type { PrivateLink } from './private-link.js';
import { FrameWatcher } from './reply-sink.js';
import type { Shard } from './shard.js';
import type { Upstream } from './upstream.js';

/** An id that no connection of a server has. */
export const NO_SUCH_ID = '9223372036854775807';

/** How a push begins that tells of a redirection whose target is gone. */
export const REDIRECTION_BROKEN = Buffer.from('tracking-redir-broken\r\n:');

/** What the server sends when everything is to be invalidated (FLUSHALL): as a push, and as a message to a subscriber. */
const INVALIDATE_ALL = {
  push: Buffer.from('>2\r\n$10\r\ninvalidate\r\n_\r\n'),
  message: Buffer.from('*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n$-1\r\n'),
};

/** The target of a redirection is looked at this often until it has its connection to the new master … */
const LOOK_AGAIN_MS = 5;
/** … and not longer than this: then the tracker goes without it, as after the target's end. */
const TARGET_MS = 1000;

/** Sends CLIENT TRACKING and notes what is in force when the server agrees. */
export function sendTracking(link: PrivateLink, info: CommandInfo, frame: Buffer): void {
  const { state, client, upstream } = link;
  const on = decodeRequest(frame)[2]?.toString('latin1').toLowerCase() === 'on';
  const before = { tracking: state.tracking, request: state.trackingRequest };
  state.tracking = on;
  state.trackingRequest = on ? Buffer.from(frame) : null;
  if (on) link.pushes.attach();
  const request = withServerIds(client.shard, frame, upstream.node);
  if (state.replies !== 'on') {
    link.forward(info, request);
    link.twins.renew();
    return;
  }
  const watcher = new FrameWatcher(client, (firstByte) => {
    if (firstByte === FrameType.Error) {
      state.tracking = before.tracking;
      state.trackingRequest = before.request;
    }
    link.twins.renew();
  });
  upstream.send(watcher, request, 0, request.length, info.write);
  client.outstanding++;
}

/**
 * CLIENT TRACKING with REDIRECT names a client of the proxy; the server has to be told the connection on which that
 * client listens. The number as it stands would be some other connection of the server, a lane perhaps.
 *
 * @param node the server that is to be told.
 */
export function withServerIds(shard: Shard, frame: Buffer, node: NodeId): Buffer {
  const args = decodeRequest(frame);
  const at = redirectionAt(args);
  // Words that are no id are left to the server, and 0, which means nobody.
  if (at < 0) return frame;
  const target = targetOf(shard, frame);
  const serverId = (target === null ? null : connectionTo(target, node))?.serverId ?? 0;
  return encodeRequest(
    args.map((arg, index) => (index === at ? (serverId === 0 ? NO_SUCH_ID : String(serverId)) : arg)),
  );
}

/** Settles when the client to which the invalidations of `link` are redirected can be named to `node`, or never will. */
export async function redirectionOpened(link: PrivateLink, node: NodeId): Promise<void> {
  const { trackingRequest } = link.state;
  if (trackingRequest === null) return;
  for (let waitedMs = 0; waitedMs < TARGET_MS; waitedMs += LOOK_AGAIN_MS) {
    const target = targetOf(link.client.shard, trackingRequest);
    if (target === null || target.link === null) return;
    const connection = connectionTo(target, node);
    if (connection !== null) {
      // One that can not be opened has no id, as one that is gone.
      await connection.opened().catch(() => undefined);
      return;
    }
    await delay(LOOK_AGAIN_MS);
  }
}

/** Tells whoever gets the invalidations of `link` that nothing cached counts any more. */
export function invalidateAll(link: PrivateLink): void {
  const { client, state } = link;
  const { trackingRequest } = state;
  if (trackingRequest === null) return;
  const isRedirected = redirectionAt(decodeRequest(trackingRequest)) >= 0;
  const listener = isRedirected ? targetOf(client.shard, trackingRequest) : client;
  if (listener === null) {
    // The target is gone, and the new master was never told of it: what the old one would say at the next invalidation.
    if (client.session.identity.resp === 3) client.reply(redirectionBroken(trackingRequest));
  } else if (listener.session.identity.resp === 3) {
    listener.reply(INVALIDATE_ALL.push);
  } else if (isRedirected && listener.link?.state.subscribed === true) {
    listener.reply(INVALIDATE_ALL.message);
  }
}

/** A push that names the target by the server's number, with the proxy's own instead. */
export function withOwnTarget(trackingRequest: Buffer | null, push: Buffer): Buffer {
  return trackingRequest === null ? push : redirectionBroken(trackingRequest);
}

function redirectionBroken(trackingRequest: Buffer): Buffer {
  const args = decodeRequest(trackingRequest);
  const id = args[redirectionAt(args)]?.toString('latin1') ?? '0';
  return Buffer.from(`>2\r\n$21\r\ntracking-redir-broken\r\n:${id}\r\n`);
}

/** Where the id of a redirection stands among the arguments; -1 where none is named. */
function redirectionAt(args: readonly Buffer[]): number {
  const at = args.findIndex((arg) => arg.toString('latin1').toLowerCase() === 'redirect') + 1;
  return at > 0 && /^[1-9]\d{0,15}$/.test(args[at]?.toString('latin1') ?? '') ? at : -1;
}

/** The client to which a CLIENT TRACKING command redirects; null where it names none that is there. */
export function targetOf(shard: Shard, frame: Buffer): Client | null {
  const args = decodeRequest(frame);
  const id = args[redirectionAt(args)];
  return id === undefined ? null : (shard.clients.get(Number(id.toString('latin1'))) ?? null);
}

/** The target's connection to this node, which may be a twin. */
function connectionTo(target: Client, node: NodeId): Upstream | null {
  const { link } = target;
  if (link === null) return null;
  if (link.upstream.node === node) return link.upstream;
  const twin = link.twins.current?.upstream;
  return twin?.node === node ? twin : null;
}
