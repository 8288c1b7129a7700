import { FrameType } from '../../resp/reply-scanner.js';
import { encodeError, encodeRequest } from '../../resp/encode.js';
import { handshakeOf } from '../../session/identity.js';
import { ReplyCollector } from './reply-sink.js';
import { UpstreamError } from './upstream-error.js';
import type { Upstream } from './upstream.js';

const PING = encodeRequest(['PING']);
/** What a server says that does not know a version. */
const NO_RESP3 = encodeError('NOPROTO unsupported protocol version');
const CLIENT_ID = encodeRequest(['CLIENT', 'ID']);

/** Authenticates a new connection and brings it to its database: one round trip. */
export function shakeHands(upstream: Upstream, ready: () => void, refused: (error: UpstreamError) => void): void {
  const requests = handshakeOf(upstream.identity);
  let left = requests.length;
  const answered = (frame: Buffer): void => {
    if (frame[0] === FrameType.Error) refused(new UpstreamError(frame.toString('latin1', 1).trim(), frame));
    // Kvrocks answers HELLO so when it has RESP3 switched off; the others answer OK.
    else if (frame[0] === FrameType.Array && !upstream.identity.asksOnly) {
      refused(new UpstreamError(`${upstream.node} has RESP3 switched off`, NO_RESP3));
    } else if (--left === 0) ready();
  };
  if (upstream.identity.auth === null) {
    // Asked first: what the server refuses because of a missing password it refuses with this answer.
    left++;
    ask(upstream, PING, (frame) => {
      upstream.authenticated = !frame.toString('latin1').startsWith('-NOAUTH');
      if (--left === 0) ready();
    });
  }
  for (const request of requests) ask(upstream, request, answered);
  if (upstream.kind === 'private') {
    // CLIENT UNBLOCK needs the server's own number of a blocked client's link. A server or an ACL may say no.
    ask(upstream, CLIENT_ID, (frame) => {
      if (frame[0] === FrameType.Integer) upstream.serverId = Number(frame.toString('latin1', 1));
    });
  }
  if (left === 0) ready();
}

function ask(upstream: Upstream, request: Buffer, onFrame: (frame: Buffer) => void): void {
  upstream.send(new ReplyCollector(onFrame, () => undefined), request, 0, request.length, false);
}
