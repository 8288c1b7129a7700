import { setTimeout as delay } from 'node:timers/promises';
import type { NodeId } from '../../config/node-address.js';
import { decodeRequest } from '../../resp/decode.js';
import type { Client } from '../client/client.js';
import type { Shard } from '../shard.js';
import { askForTarget, isTargetKnown } from './distant-target.js';
import { PrivateLink } from './private-link.js';
import { connectionOpened, redirectionOf } from './tracking.js';

/** A target that is busy is looked at again this often; it gets its connection at its next command at the latest. */
const LOOK_AGAIN_MS = 5;

/** A client of another process does not wait longer; without this, one that asks again and again would leave more and more behind. */
const DISTANT_MS = 700;

/**
 * CLIENT TRACKING … REDIRECT: the server can send invalidations only to a connection that is the target's own.
 *
 * @returns false when the client waits for that; the request is looked at again.
 */
export function hasTarget(client: Client, frame: Buffer): boolean {
  const { clients, peers, master } = client.shard;
  const id = redirectionOf(decodeRequest(frame));
  if (id === null || id === client.id) return true;
  const target = clients.get(id);
  if (target === undefined) {
    if (peers === null || master === null || isTargetKnown(client, id, master)) return true;
    waitFor(client, askForTarget(client, id, master));
    return false;
  }
  if (target.link?.upstream.ready === true) {
    target.link.becomeRedirectTarget();
    return true;
  }
  waitFor(client, open(target));
  return false;
}

/** A client of another process redirects its tracking to one of these. @returns as the question `redirectTarget` wants. */
export async function serverIdOfTarget({ clients }: Shard, id: number, node: NodeId): Promise<number> {
  const target = clients.get(id);
  if (target === undefined) return 0;
  await open(target, DISTANT_MS);
  target.link?.becomeRedirectTarget();
  const connection = await connectionOpened(() => clients.get(id)?.link ?? null, node);
  return connection?.serverId ?? 0;
}

function waitFor(client: Client, opened: Promise<void>): void {
  client.wait('upstream');
  void opened.then(() => client.resume('upstream'));
}

/** Settles when the target has a connection of its own, or is gone, or the time is over. */
async function open(target: Client, withinMs = Infinity): Promise<void> {
  target.isRedirectTarget = true;
  for (let waitedMs = 0; waitedMs < withinMs && !target.closed; waitedMs += LOOK_AGAIN_MS) {
    const { links } = target.shard;
    if (target.link === null && target.idle && links !== null) {
      target.link = new PrivateLink(target, links.privateLink(target.session.identity));
    }
    if (target.link !== null) {
      await target.link.upstream.opened().catch(() => undefined);
      return;
    }
    await delay(LOOK_AGAIN_MS);
  }
}
