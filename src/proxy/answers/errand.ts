import { FrameType } from '../../resp/reply-scanner.js';
import { CLIENT_ERRORS } from '../../errors/error-table.js';
import { encodeError } from '../../resp/encode.js';
import type { Client } from '../client/client.js';
import { ReplyCollector } from '../upstream/reply-sink.js';
import type { Upstream } from '../upstream/upstream.js';

/**
 * Sends `request` over `upstream` on behalf of the client, which waits, and turns the server's answer into the client's:
 * an error is passed on as it is (the server judges: ACL, arity, syntax), anything else becomes what `answer` returns, in
 * time where others have to be asked.
 * `settled` runs when there is an answer, whichever it is. After CLIENT REPLY OFF the client gets nothing; `upstream` must be one that does answer.
 */
export function runErrand(
  client: Client,
  upstream: Upstream,
  request: Buffer,
  answer: (reply: Buffer) => Buffer | Promise<Buffer>,
  settled: () => void = ignore,
  write = false,
): void {
  client.wait('errand');
  const silent = client.link?.takeReplyCount() === 0;
  // Counted like any reply, so that a private link does not move while it is asked.
  client.outstanding++;
  const finish = (reply: Buffer): void => {
    settled();
    client.resume('errand');
    client.onReply(reply, 0, silent ? 0 : reply.length, 1);
  };
  const onReply = (reply: Buffer): void => {
    const answered = reply[0] === FrameType.Error ? reply : answer(reply);
    if (answered instanceof Promise) void answered.then(finish);
    else finish(answered);
  };
  const onLost = (): void => {
    client.shard.stats.errors['outcome-unknown']++;
    finish(encodeError(CLIENT_ERRORS['outcome-unknown']));
  };
  upstream.send(new ReplyCollector(onReply, onLost), request, 0, request.length, write);
}

function ignore(): void {
  // Nobody waits for the answer but the client.
}
