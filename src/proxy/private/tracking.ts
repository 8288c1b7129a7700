import { setTimeout as delay } from 'node:timers/promises';
import type { CommandInfo } from '../../command/command-info.js';
import type { NodeId } from '../../config/node-address.js';
import { decodeRequest } from '../../resp/decode.js';
import { encodeRequest } from '../../resp/encode.js';
import { FrameType } from '../../resp/reply-scanner.js';
import type { Client } from '../client/client.js';
import { askForTarget, isTargetAt, takeTarget } from './distant-target.js';
import type { PrivateLink } from './private-link.js';
import { FrameWatcher, ReplyCollector } from '../upstream/reply-sink.js';
import type { Upstream } from '../upstream/upstream.js';

/** An id that no connection of a server has. */
export const NO_SUCH_ID = '9223372036854775807';

/** How a push begins that tells of a redirection whose target is gone; the server's number of the target follows. */
const REDIRECTION_BROKEN = Buffer.from('>2\r\n$21\r\ntracking-redir-broken\r\n:');

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
  const request = withServerIds(client, frame, upstream.node);
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

/** Sends CLIENT GETREDIR or CLIENT TRACKINGINFO; where the server names a connection, the client gets the proxy's number. */
export function sendTrackingQuery(link: PrivateLink, info: CommandInfo, frame: Buffer): void {
  const { state, upstream, client } = link;
  const id = state.trackingRequest === null ? null : redirectionOf(decodeRequest(state.trackingRequest));
  if (id === null || state.replies !== 'on') {
    link.forward(info, frame);
    return;
  }
  const onReply = (reply: Buffer): void => {
    const own = Buffer.from(reply.toString('latin1').replace(/(^|redirect\r\n):\d+\r\n/, `$1:${id}\r\n`), 'latin1');
    client.onReply(own, 0, own.length, 1);
  };
  upstream.send(new ReplyCollector(onReply, () => client.onLost(1, false)), frame, 0, frame.length, false);
  client.outstanding++;
}

/**
 * CLIENT TRACKING with REDIRECT names a client of the proxy; the server has to be told the connection on which that
 * client listens. The number as it stands would be some other connection of the server, a lane perhaps.
 *
 * @param node the server that is to be told.
 */
function withServerIds(tracker: Client, frame: Buffer, node: NodeId): Buffer {
  const args = decodeRequest(frame);
  const id = redirectionOf(args);
  if (id === null) return frame;
  const serverId = serverIdOf(tracker, id, node);
  const own = String(id);
  return encodeRequest(
    args.map((arg) => (arg.toString('latin1') === own ? (serverId === 0 ? NO_SUCH_ID : String(serverId)) : arg)),
  );
}

/** How `node` numbers the connection of this target; 0: it has none there. */
function serverIdOf(tracker: Client, id: number, node: NodeId): number {
  const target = tracker.shard.clients.get(id);
  if (target === undefined) return takeTarget(tracker, id, node);
  return (target.link === null ? null : connectionTo(target.link, node))?.serverId ?? 0;
}

/** CLIENT TRACKING for another master; null where the target of a redirection is gone: the server would refuse it. */
export function trackingFor(link: PrivateLink, node: NodeId): Buffer | null {
  const { trackingRequest } = link.state;
  if (trackingRequest === null) return null;
  const { clients } = link.client.shard;
  const id = redirectionOf(decodeRequest(trackingRequest));
  const isBroken = id !== null && !clients.has(id) && !isTargetAt(link.client, id, node);
  return isBroken ? null : withServerIds(link.client, trackingRequest, node);
}

/** Settles when the client to which the invalidations of `link` are redirected can be named to `node`, or never will. */
export async function redirectionOpened(link: PrivateLink, node: NodeId): Promise<void> {
  const { client, state } = link;
  const id = state.trackingRequest === null ? null : redirectionOf(decodeRequest(state.trackingRequest));
  if (id === null) return;
  const { clients } = client.shard;
  if (clients.has(id)) await connectionOpened(() => clients.get(id)?.link ?? null, node);
  else await askForTarget(client, id, node);
}

/**
 * Waits for a target's connection to this node; one that can not be opened has no id, as one that is gone.
 *
 * @param linkOf the target's link of this moment; null: it is gone, or hears nothing any more.
 */
export async function connectionOpened(linkOf: () => PrivateLink | null, node: NodeId): Promise<Upstream | null> {
  for (let waitedMs = 0; waitedMs < TARGET_MS; waitedMs += LOOK_AGAIN_MS) {
    const link = linkOf();
    if (link === null) return null;
    const connection = connectionTo(link, node);
    if (connection !== null) {
      await connection.opened().catch(() => undefined);
      return connection;
    }
    await delay(LOOK_AGAIN_MS);
  }
  return null;
}

/** Tells whoever gets the invalidations of `link` that nothing cached counts any more, in the words that FLUSHALL has. */
export function invalidateAll(link: PrivateLink): void {
  const { client, state } = link;
  const { trackingRequest } = state;
  if (trackingRequest === null) return;
  const { clients, peers } = client.shard;
  const id = redirectionOf(decodeRequest(trackingRequest));
  const listener = id === null ? client : (clients.get(id) ?? null);
  // The tracker's form of null, in the listener's form of an invalidation.
  const nothing = client.session.identity.resp === 3 ? '_\r\n' : '$-1\r\n';
  const broken = (): void => {
    // What the old master would say at the next invalidation; the new one has not been told of the tracking.
    if (client.session.identity.resp === 3) client.reply(Buffer.from(`${REDIRECTION_BROKEN.toString()}${id}\r\n`));
  };
  if (listener !== null) tellNothingCounts(listener, nothing, id !== null);
  else if (peers === null || id === null) broken();
  else {
    void peers.ask('invalidateAll', { id, nothing }).then((told) => {
      if (!told.includes(true) && !client.closed) broken();
    });
  }
}

/** See {@link invalidateAll}. */
export function tellNothingCounts(listener: Client, nothing: string, isTarget: boolean): void {
  if (listener.session.identity.resp === 3) {
    listener.reply(Buffer.from(`>2\r\n$10\r\ninvalidate\r\n${nothing}`));
  } else if (isTarget && listener.link?.state.subscribed === true) {
    listener.reply(Buffer.from(`*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n${nothing}`));
  }
}

/** A push as it came, or, where it names the target of a redirection, with the proxy's number of it. */
export function withOwnTarget(trackingRequest: Buffer | null, push: Buffer): Buffer {
  if (trackingRequest === null || !push.subarray(0, REDIRECTION_BROKEN.length).equals(REDIRECTION_BROKEN)) return push;
  const id = redirectionOf(decodeRequest(trackingRequest));
  return id === null ? push : Buffer.from(`${REDIRECTION_BROKEN.toString()}${id}\r\n`);
}

/** The number behind REDIRECT; null where none is named. Words that are no id are left to the server, and 0, which means nobody. */
export function redirectionOf(args: readonly Buffer[]): number | null {
  const at = args.findIndex((arg) => arg.toString('latin1').toLowerCase() === 'redirect') + 1;
  const id = args[at]?.toString('latin1') ?? '';
  return at > 0 && /^[1-9]\d{0,14}$/.test(id) ? Number(id) : null;
}

/** A target's connection to this node, which may be a twin. */
function connectionTo(link: PrivateLink, node: NodeId): Upstream | null {
  if (link.upstream.node === node) return link.upstream;
  const twin = link.twins.current?.upstream;
  return twin?.node === node ? twin : null;
}
