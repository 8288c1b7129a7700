import { encodeError, encodeNullArray, encodeRequest } from '../../resp/encode.js';
import { CLIENT_ERRORS, type ClientErrorCode } from '../../errors/error-table.js';
import { ALWAYS_REFUSED } from '../../session/transaction.js';
import { OwnRequest } from '../upstream/own-request.js';
import { ReplyCollector } from '../upstream/reply-sink.js';
import type { PrivateLink } from './private-link.js';

const EXEC = encodeRequest(['EXEC']);

/** Refuses a command inside MULTI, where a refusal ends in EXECABORT: so the server is made to refuse something, too. */
export function refuseQueued(link: PrivateLink, code: ClientErrorCode): void {
  const { client, state, upstream } = link;
  state.transaction?.spoil();
  const frames = link.takeReplyCount();
  const refused = (): void => {
    client.shard.stats.errors[code]++;
    const error = encodeError(CLIENT_ERRORS[code]);
    client.onReply(error, 0, error.length, 1);
  };
  const sink = new ReplyCollector(refused, () => client.onLost(1, false));
  upstream.send(sink, ALWAYS_REFUSED, 0, ALWAYS_REFUSED.length, false, frames);
  client.outstanding += frames;
}

/**
 * A watched key may have changed while the master moved: EXEC says so, and nothing runs. The server is not asked to
 * DISCARD, which an ACL may forbid: it is made to abort the transaction, and EXEC ends it in any case.
 */
export function answerExecNull(link: PrivateLink): void {
  const { client, state, upstream } = link;
  const frames = state.replies === 'on' ? 1 : 0;
  state.endTransaction();
  const ignored = new OwnRequest(ignore);
  upstream.send(ignored, ALWAYS_REFUSED, 0, ALWAYS_REFUSED.length, false, link.takeReplyCount());
  const nothing = encodeNullArray(client.session.identity.resp);
  const answered = (): void => {
    if (frames > 0) client.onReply(nothing, 0, nothing.length, 1);
  };
  upstream.send(new ReplyCollector(answered, answered), EXEC, 0, EXEC.length, false, link.takeReplyCount());
  client.outstanding += frames;
}

function ignore(): void {
  // The reply was the proxy's own business and says nothing that matters.
}
