import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../client/client.js';
import { PrivateLink } from './private-link.js';
import { targetOf } from './tracking.js';

/** A target that is busy is looked at again this often; it gets its connection at its next command at the latest. */
const LOOK_AGAIN_MS = 5;

/**
 * CLIENT TRACKING … REDIRECT: the server can send invalidations only to a connection that is the target's own.
 *
 * @returns false when the client waits for that; the request is looked at again.
 */
export function hasTarget(client: Client, frame: Buffer): boolean {
  const target = targetOf(client.shard, frame);
  if (target === null || target === client) return true;
  if (target.link?.upstream.ready === true) {
    target.link.becomeRedirectTarget();
    return true;
  }
  client.wait('upstream');
  void open(target).then(() => client.resume('upstream'));
  return false;
}

async function open(target: Client): Promise<void> {
  target.isRedirectTarget = true;
  while (!target.closed) {
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
