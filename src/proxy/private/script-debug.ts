import type { CommandInfo } from '../../command/command-info.js';
import { encodeRequest } from '../../resp/encode.js';
import { acquireLink } from '../client/acquire.js';
import type { Client } from '../client/client.js';
import { ReplyCollector } from '../upstream/reply-sink.js';

const PING = encodeRequest(['PING']);

/**
 * Sends SCRIPT DEBUG over a connection of the client's own: from then on the server's debugger answers there. The server
 * refuses it while it owes other replies on the connection, be it to the proxy's own words, so those come first.
 *
 * @returns as `routeSlowly`.
 */
export function sendScriptDebug(client: Client, info: CommandInfo, frame: Buffer): boolean {
  const link = acquireLink(client, info.write);
  if (link === 'wait') return false;
  if (link === 'failed') return true;
  if (link.upstream.inFlight > 0) {
    client.wait('errand');
    const goOn = (): void => client.resume('errand');
    link.upstream.send(new ReplyCollector(goOn, goOn), PING, 0, PING.length, false);
    return false;
  }
  client.shard.stats.commands.read++;
  link.pushes.attach();
  link.send(info, frame);
  return true;
}
