import { decodeRequest } from '../resp/decode.js';
import { FrameType, ReplyScanner } from '../resp/reply-scanner.js';
import { requestedIdentity } from '../session/identity-command.js';
import type { PrivateLink } from './private-link.js';
import { ReplyCollector } from './reply-sink.js';

const ARRAY = 42;
const LF = 10;

/** True when a queue (MULTI first) holds a command that binds the connection to another identity. */
export function bindsIdentity(queue: readonly Buffer[]): boolean {
  return queue.some((request) => /^\*\d+\r\n\$\d+\r\n(auth|hello|select)\r\n/i.test(request.toString('latin1', 0, 32)));
}

/**
 * Takes the reply to EXEC of a queue in which {@link bindsIdentity} found something: what the server agreed to is the
 * client's identity from now on, and the connection's.
 *
 * @param queue the transaction as it was sent, MULTI first.
 */
export function adoptFromExec(link: PrivateLink, queue: readonly Buffer[]): ReplyCollector {
  const { client } = link;
  const onReply = (reply: Buffer): void => {
    const results = resultTypes(reply);
    for (const [at, type] of results.entries()) {
      const request = queue[at + 1];
      if (request === undefined || type === FrameType.Error || !bindsIdentity([request])) continue;
      const target = requestedIdentity(client.session.identity, decodeRequest(request))?.target;
      if (target === undefined) continue;
      client.session.identity = target;
      link.upstream.identity = target;
    }
    client.onReply(reply, 0, reply.length, 1);
  };
  return new ReplyCollector(onReply, () => client.onLost(1, false));
}

/** The first byte of each result; none when the transaction did not run. */
function resultTypes(reply: Buffer): readonly number[] {
  const types: number[] = [];
  if (reply[0] !== ARRAY) return types;
  const scanner = new ReplyScanner();
  for (let at = reply.indexOf(LF) + 1; at > 0 && at < reply.length;) {
    types.push(reply[at] ?? 0);
    at = scanner.scan(reply, at, reply.length);
  }
  return types;
}
