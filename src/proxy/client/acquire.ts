import { CLIENT_ERRORS } from '../../errors/error-table.js';
import { encodeError } from '../../resp/encode.js';
import type { Client } from './client.js';
import { disconnect } from './disconnect.js';
import type { NodeLinks } from '../upstream/node-links.js';
import { PrivateLink } from '../private/private-link.js';
import type { Upstream } from '../upstream/upstream.js';
import type { UpstreamError } from '../upstream/upstream-error.js';

/** A connection that could not be opened is tried again after this long, while commands may wait at all. */
const RETRY_MS = 50;

/**
 * The lane of the client's identity, ready to send.
 *
 * @returns `wait`: the client waits (for the gate, for its own replies, for the connection) and the request is looked at
 * again; `failed`: the request has been answered with an error and is consumed.
 */
export function acquireLane(client: Client, write: boolean): Upstream | 'wait' | 'failed' {
  const links = passToMaster(client, write);
  if (typeof links === 'string') return links;
  const lane = keptLane(client, links) ?? client.shard.lane(links, client.shard.lanes.slotOf(client));
  if (client.lane !== lane && client.outstanding > 0) {
    client.wait('replies');
    return 'wait';
  }
  if (!lane.ready) {
    waitForOpening(client, links, lane);
    return 'wait';
  }
  if (client.session.identity.auth === null && !client.unauthenticated) {
    client.shard.defaultUser.judge(client);
    if (client.unauthenticated) {
      // A lane that was opened anew is not let in: the request at hand has to be read with the small limits.
      client.wait('upstream');
      client.resume('upstream');
      return 'wait';
    }
  }
  if (lane.full) {
    waitForRoom(client, lane);
    return 'wait';
  }
  client.lane = lane;
  return lane;
}

/** The client waits until what is unsent on an upstream has left. */
export function waitForRoom(client: Client, upstream: Upstream): void {
  client.wait('upstream');
  upstream.onWritable(() => client.resume('upstream'));
}

/**
 * A lane that this client has held up: nobody else is sent there any more, but its own pipeline goes on. If it had to wait
 * for its replies instead, a client that reads when it has written everything would wait for ever.
 */
function keptLane(client: Client, links: NodeLinks): Upstream | null {
  const { lane } = client;
  if (lane === null || client.outstanding === 0 || !lane.isLeftTo(client.output)) return null;
  return links.owns(lane) ? lane : null;
}

/** The client's private link, ready to send; otherwise as {@link acquireLane}. */
export function acquireLink(client: Client, write: boolean): PrivateLink | 'wait' | 'failed' {
  const { gate, options } = client.shard;
  // What READONLY does for reads on a lane (`NodeLinks.readOnReplica`) can not be said inside MULTI or while the client listens.
  const links = passToMaster(client, write || (options.clusterMode && gate.isHeldBy('switchover')));
  if (typeof links === 'string') return links;
  if (client.link?.isDue === true) client.link.onAllAnswered();
  if (client.link !== null && client.link.upstream.closed && !client.link.isMoving) {
    client.link.lost();
    if (client.closing) return 'wait';
  }
  let { link } = client;
  if (link === null) {
    if (client.outstanding > 0) {
      client.wait('replies');
      return 'wait';
    }
    link = new PrivateLink(client, links.privateLink(client.session.identity));
    client.link = link;
  }
  if (link.stale || (link.upstream.isRecalled && client.outstanding > 0)) {
    // Its last replies must come from the old master, and its state be at the new one, before the client can go on there.
    client.wait('replies');
    return 'wait';
  }
  if (!link.upstream.ready) {
    waitForOpening(client, links, link.upstream);
    return 'wait';
  }
  if (link.upstream.full) {
    waitForRoom(client, link.upstream);
    return 'wait';
  }
  return link;
}

/** Gate and outage: the connections to the master, when the command may go there now. */
export function passToMaster(client: Client, write: boolean): NodeLinks | 'wait' | 'failed' {
  const { shard } = client;
  const failing = client.upstreamFailure !== null || shard.outageOver;
  if (failing && client.outstanding > 0) {
    // The error must not overtake replies that are still to come.
    client.wait('replies');
    return 'wait';
  }
  if (client.upstreamFailure !== null) {
    const reply = client.upstreamFailure;
    client.upstreamFailure = null;
    client.reply(reply);
    return 'failed';
  }
  if (shard.outageOver) {
    client.pass.end('failed');
    client.fail('no-master');
    return 'failed';
  }
  if (!client.passGate(write)) return 'wait';
  if (shard.links === null) throw new Error('the gate is open although there is no master');
  return shard.links;
}

/**
 * The client waits until `upstream` is open, or until it is known why it can not be.
 *
 * @param askedFor the request at hand asks for the identity of `upstream`: a refusal is its answer.
 */
export function waitForOpening(client: Client, links: NodeLinks, upstream: Upstream, askedFor = false): void {
  client.wait('upstream');
  upstream.opened().then(
    () => client.resume('upstream'),
    (error: UpstreamError) => onOpeningFailed(client, links, upstream, error, askedFor),
  );
}

function onOpeningFailed(
  client: Client,
  links: NodeLinks,
  upstream: Upstream,
  error: UpstreamError,
  askedFor: boolean,
): void {
  const { shard } = client;
  if (client.closed) return;
  if (client.link?.upstream === upstream) client.link = null;
  if (error.userRefused && client.session.identity.auth !== null && !askedFor) {
    // Without a proxy the connection of a user who is gone ends; an error to each command would be a way of its own.
    disconnect(client, 'user-gone', 'gently');
    return;
  }
  if (error.versionRefused && !askedFor) {
    // It was spoken when the session began: another server, or another setting. The client agrees on one anew.
    disconnect(client, 'state-lost', 'gently');
    return;
  }
  if (error.reply !== null) {
    client.upstreamFailure = error.reply;
    client.resume('upstream');
    return;
  }
  const since = links.failingSince ?? shard.options.now();
  if (shard.links === links && shard.options.now() - since > shard.options.outageHoldMs) {
    shard.stats.errors['upstream-failed']++;
    client.upstreamFailure = encodeError(CLIENT_ERRORS['upstream-failed']);
    client.resume('upstream');
    return;
  }
  // When the master has moved meanwhile, another connection is wanted.
  setTimeout(() => client.resume('upstream'), shard.links === links ? RETRY_MS : 0).unref();
}
