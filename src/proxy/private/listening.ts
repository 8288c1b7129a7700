import { encodeRequest } from '../../resp/encode.js';
import { FrameType } from '../../resp/reply-scanner.js';
import { OwnRequest } from '../upstream/own-request.js';
import type { PrivateLink } from './private-link.js';
import type { PushPort } from './push-port.js';
import { trackingFor } from './tracking.js';
import type { Upstream } from '../upstream/upstream.js';

const COMMANDS = { channel: 'SUBSCRIBE', pattern: 'PSUBSCRIBE', shard: 'SSUBSCRIBE' } as const;

/** A RESP2 connection to a Redis takes hardly a command once it is subscribed: modes and CLIENT REPLY OFF must come before. */
export function settlesFirst({ client, state }: PrivateLink): boolean {
  return state.subscribed && client.session.identity.resp === 2 && client.shard.dialect.limitsSubscribers;
}

/**
 * Sets up on a fresh connection whatever makes the client of `link` hear something: tracking, MONITOR, subscriptions.
 *
 * @param refused called when the server does not agree to all of it.
 */
export function listenOn(upstream: Upstream, link: PrivateLink, pushes: PushPort, refused: () => void): void {
  const { state } = link;
  const judge = (firstByte: number): void => {
    if (firstByte === FrameType.Error) refused();
    if (upstream.inFlight === 0) pushes.onAllAnswered();
  };
  const send = (request: Buffer, frames: number): void =>
    upstream.send(new OwnRequest(judge), request, 0, request.length, false, frames);
  if (state.listens) pushes.attach();
  const tracking = trackingFor(link, upstream.node);
  if (tracking !== null) send(tracking, 1);
  if (state.monitoring) send(encodeRequest(['MONITOR']), 1);
  if (settlesFirst(link)) {
    for (const request of state.modes.values()) send(request, 1);
    if (state.replies === 'off') send(encodeRequest(['CLIENT', 'REPLY', 'OFF']), 0);
  }
  for (const kind of ['channel', 'pattern', 'shard'] as const) {
    const names = [...state.subscriptions[kind]].map((name) => Buffer.from(name, 'latin1'));
    if (names.length === 0) continue;
    pushes.listen();
    send(encodeRequest([COMMANDS[kind], ...names]), names.length);
  }
}
