import { Route, type CommandInfo } from '../../command/command-info.js';
import { encodeRequest } from '../../resp/encode.js';
import { FrameType } from '../../resp/reply-scanner.js';
import { acquireLane, acquireLink, passToMaster } from '../client/acquire.js';
import type { Client } from '../client/client.js';
import { disconnect } from '../client/disconnect.js';
import { PrivateLink } from '../private/private-link.js';
import type { Upstream } from '../upstream/upstream.js';
import { ReplyCollector } from '../upstream/reply-sink.js';
import { learnEverywhere } from './learn-everywhere.js';

const PING = encodeRequest(['PING']);

/**
 * A client that the server does not know yet asks for something that would need a connection of its own: the server
 * refuses it, in its own words, on a private link that is none the worse for it. @returns as `routeSlowly`.
 */
export function letServerRefuse(client: Client, info: CommandInfo, frame: Buffer): boolean {
  if (client.outstanding > 0) {
    client.wait('replies');
    return false;
  }
  const links = passToMaster(client, false);
  if (links === 'wait') return false;
  if (links === 'failed') return true;
  const { shard } = client;
  const link = links.privateLink(client.session.identity);
  // What changes roles is not tried: should the server let everybody in since a moment ago, it would run.
  const request = info.route === Route.Refused ? PING : Buffer.from(frame);
  client.wait('errand');
  const onLost = (): void => {
    client.fail('outcome-unknown');
    client.resume('errand');
  };
  const onReply = (reply: Buffer): void => {
    client.reply(reply);
    client.resume('errand');
    if (reply[0] === FrameType.Error) {
      shard.giveBack(link);
      return;
    }
    // It was let in, and there may be state on the connection now that nobody follows: the client begins anew.
    link.destroy(null);
    disconnect(client, 'state-lost', 'at-once');
  };
  const ask = (): void => link.send(new ReplyCollector(onReply, onLost), request, 0, request.length, false);
  const giveUp = (): void => {
    client.fail('upstream-failed');
    client.resume('errand');
  };
  if (link.ready) ask();
  else link.opened().then(ask, giveUp);
  return true;
}

/**
 * ACL SETUSER, CONFIG SET, MODULE LOAD and the like: answered when what they may have changed for the commands and clients
 * that come from now on is known. @returns as `routeSlowly`.
 */
export function changeAccess(client: Client, info: CommandInfo, frame: Buffer): boolean {
  if (client.outstanding > 0) {
    client.wait('replies');
    return false;
  }
  const { shard } = client;
  const over = client.link !== null ? acquireLink(client, info.write) : acquireLane(client, info.write);
  if (over === 'wait') return false;
  if (over === 'failed') return true;
  shard.stats.commands[info.write ? 'write' : 'read']++;
  const answer = (reply: Buffer): void => {
    client.onReply(reply, 0, reply.length, 1);
    client.resume('errand');
  };
  const upstream = over instanceof PrivateLink ? over.upstream : over;
  const onReply = (reply: Buffer): void => {
    if (reply[0] === FrameType.Error) {
      answer(reply);
      return;
    }
    let answered = false;
    const answerOnce = (): void => {
      if (!answered) answer(reply);
      answered = true;
    };
    void learnEverywhere(shard).then(answerOnce);
    // Whoever deletes its own user is answered before its connection ends.
    if (info.name === 'acl|deluser') whenClosed(upstream, answerOnce);
  };
  const onLost = (): void => {
    client.onLost(1, false);
    client.resume('errand');
  };
  const sink = new ReplyCollector(onReply, onLost);
  if (over instanceof PrivateLink) {
    over.send(info, frame, null, sink);
    // After CLIENT REPLY OFF nobody tells when it has run; what comes next looks again.
    if (client.outstanding === 0) void learnEverywhere(shard);
  } else {
    over.send(sink, frame, 0, frame.length, info.write);
    client.outstanding++;
  }
  if (client.outstanding > 0) client.wait('errand');
  return true;
}

function whenClosed(upstream: Upstream, then: () => void): void {
  if (upstream.closed) then();
  else upstream.onWritable(() => whenClosed(upstream, then));
}
