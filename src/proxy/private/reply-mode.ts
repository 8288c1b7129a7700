import type { CommandInfo } from '../../command/command-info.js';
import { decodeRequest } from '../../resp/decode.js';
import { encodeRequest } from '../../resp/encode.js';
import { FrameType } from '../../resp/reply-scanner.js';
import type { Client } from '../client/client.js';
import type { PrivateLink } from './private-link.js';
import { ReplyCollector } from '../upstream/reply-sink.js';

const PING = encodeRequest(['PING']);
const REPLY_ON = encodeRequest(['CLIENT', 'REPLY', 'ON']);

/** Sends CLIENT REPLY: ON is answered, OFF and SKIP are not; from then on the server itself keeps silent. */
export function sendReplyMode(link: PrivateLink, info: CommandInfo, frame: Buffer): void {
  const { state } = link;
  const args = decodeRequest(frame);
  const mode = args.length === 3 ? (args[2]?.toString('latin1').toLowerCase() ?? '') : '';
  if (mode === 'on') state.replies = 'on';
  if (mode === 'off' || (mode === 'skip' && state.replies !== 'off')) {
    link.upstream.send(link.client, frame, 0, frame.length, false, 0);
    state.replies = mode;
    return;
  }
  link.forward(info, frame);
}

/**
 * OFF and SKIP are answered only when an ACL forbids them, and then a reply would come that nobody counts on. So ON, which
 * changes nothing, is asked first, once. @returns false when the client waits; then the request is looked at again.
 */
export function silenceIsAllowed(client: Client, link: PrivateLink): boolean {
  if (link.silenceAllowed) return true;
  if (client.outstanding > 0) {
    client.wait('replies');
    return false;
  }
  client.wait('upstream');
  const goOn = (): void => client.resume('upstream');
  const onReply = (reply: Buffer): void => {
    if (reply[0] === FrameType.Error) client.upstreamFailure = reply;
    else link.silenceAllowed = true;
    goOn();
  };
  link.upstream.send(new ReplyCollector(onReply, goOn), REPLY_ON, 0, REPLY_ON.length, false);
  return false;
}

/** An empty line, or `*0`: the server takes it for the request after CLIENT REPLY SKIP, and so the one behind it is answered. */
export function spendSkipOnEmpty(link: PrivateLink): void {
  spendSkip(link);
  if (link.state.replies === 'skip') link.state.replies = 'on';
}

/** The request after CLIENT REPLY SKIP is answered elsewhere: the server must keep silent to something else. */
export function spendSkip({ state, upstream, client }: PrivateLink): void {
  if (state.replies === 'skip') upstream.send(client, PING, 0, PING.length, false, 0);
}
