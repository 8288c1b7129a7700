import type { CommandInfo } from '../command/command-info.js';
import { decodeRequest } from '../resp/decode.js';
import { encodeRequest } from '../resp/encode.js';
import { FrameType } from '../resp/reply-scanner.js';
import type { PrivateLink } from './private-link.js';
import { FrameWatcher } from './reply-sink.js';
import type { Shard } from './shard.js';

/** An id that no connection of a server has. */
export const NO_SUCH_ID = '9223372036854775807';

/** Sends CLIENT TRACKING and notes what is in force when the server agrees. */
export function sendTracking(link: PrivateLink, info: CommandInfo, frame: Buffer): void {
  const { state, client } = link;
  const on = decodeRequest(frame)[2]?.toString('latin1').toLowerCase() === 'on';
  const before = { tracking: state.tracking, request: state.trackingRequest };
  state.tracking = on;
  state.trackingRequest = on ? Buffer.from(frame) : null;
  if (on) link.upstream.pushSink = link.pushes;
  const request = withServerIds(client.shard, frame);
  if (state.replies !== 'on') {
    link.forward(info, request);
    return;
  }
  const watcher = new FrameWatcher(client, (firstByte) => {
    if (firstByte !== FrameType.Error) return;
    state.tracking = before.tracking;
    state.trackingRequest = before.request;
  });
  link.upstream.send(watcher, request, 0, request.length, info.write);
  client.outstanding++;
}

/**
 * CLIENT TRACKING with REDIRECT names a client of the proxy; the server has to be told the connection on which that
 * client listens. The number as it stands would be some other connection of the server, a lane perhaps.
 */
export function withServerIds(shard: Shard, frame: Buffer): Buffer {
  const args = decodeRequest(frame);
  const at = args.findIndex((arg) => arg.toString('latin1').toLowerCase() === 'redirect') + 1;
  const id = args[at]?.toString('latin1') ?? '';
  // 0 means nobody; words that are no id are left to the server.
  if (at === 0 || !/^[1-9]\d{0,15}$/.test(id)) return frame;
  const serverId = shard.clients.get(Number(id))?.link?.upstream.serverId ?? 0;
  return encodeRequest(
    args.map((arg, index) => (index === at ? (serverId === 0 ? NO_SUCH_ID : String(serverId)) : arg)),
  );
}
