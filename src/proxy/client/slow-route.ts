import { Effect, Route, type CommandInfo } from '../../command/command-info.js';
import { encodeRequest } from '../../resp/encode.js';
import { standsAlone } from '../../session/link-state.js';
import { acquireLane, acquireLink } from './acquire.js';
import type { Client } from './client.js';
import { changeAccess, letServerRefuse } from '../access/access.js';
import { answerHere } from '../answers/client-commands.js';
import { MAX_LANE_DEPTH, OWN_LINK_REQUESTS } from './client-limits.js';
import { changeIdentity } from '../answers/identity-commands.js';
import type { PrivateLink } from '../private/private-link.js';
import { contain, disconnect } from './disconnect.js';
import { OwnRequest } from '../upstream/own-request.js';
import { queueCommand } from '../private/queued-command.js';
import { hasTarget } from '../private/redirect-target.js';
import type { ReplySink } from '../upstream/reply-sink.js';
import { sendScriptDebug } from '../private/script-debug.js';
import { silenceIsAllowed, spendSkipOnEmpty } from '../private/reply-mode.js';
import { noteScript } from '../answers/scripts.js';

const CHANGES_LISTENING: ReadonlySet<Effect> = new Set([
  Effect.Subscribe,
  Effect.Unsubscribe,
  Effect.Monitor,
  Effect.Tracking,
]);

/** These end with all other state what the client hears. */
const ENDS_LISTENING: ReadonlySet<string> = new Set(['reset', 'quit']);

const READWRITE = encodeRequest(['READWRITE']);

/** What the server does not queue but does at once: these end the transaction with all other state. */
const LEAVES_MULTI: ReadonlySet<string> = new Set(['reset', 'quit', 'post', 'host:']);

/** What a RESP2 subscriber may say besides, and the words of HTTP, on which the connection ends. */
const SAID_WHILE_SUBSCRIBED: ReadonlySet<string> = new Set(['ping', 'quit', 'reset', 'post', 'host:']);

/**
 * Sends a request that can not simply take the client's lane: it needs a connection of its own, is answered here, or the
 * lane is not there yet.
 *
 * @param frame the whole request; its memory is the client's input buffer.
 * @returns true when the request is consumed; false when the client waits and the request is looked at again.
 */
export function routeSlowly(client: Client, info: CommandInfo, frame: Buffer): boolean {
  return contain(client, () => route(client, info, frame)) ?? true;
}

function route(client: Client, info: CommandInfo, frame: Buffer): boolean {
  const { link, shard } = client;
  if (info.route === Route.Unanswered && client.unanswered > 0) return answerUnknown(client);
  if (link !== null && overtakesMessages(link, info)) return waitForReplies(client);
  if (link !== null && isRefusedWhileSubscribed(client, link, info)) {
    // As long as the subscription is not confirmed it may be refused itself, and the command would count.
    return client.outstanding > 0
      ? waitForReplies(client)
      : sendOnLink(client, { ...info, write: false, effect: Effect.None }, frame);
  }
  if (link !== null && link.state.inMulti && !leavesMulti(info, frame)) return queueCommand(client, info, frame);
  if (client.unauthenticated && (info.route === Route.Private || info.route === Route.Refused)) {
    return letServerRefuse(client, info, frame);
  }
  switch (info.route) {
    case Route.Refused:
      if (client.outstanding > 0) return waitForReplies(client);
      shard.stats.commands.refused++;
      client.fail('role-command');
      return true;
    case Route.CrossProtocol:
      if (client.outstanding > 0) return waitForReplies(client);
      disconnect(client, 'protocol-error', 'gently');
      return true;
    case Route.Identity:
      return changeIdentity(client, info, frame);
    case Route.Here:
      return answerHere(client, info, frame);
    case Route.Script: {
      const sink = client.unauthenticated ? client : noteScript(client, info, frame);
      return link === null ? sendOnLane(client, info, frame, sink) : sendOnLink(client, info, frame, sink);
    }
    case Route.Access:
      return changeAccess(client, info, frame);
    case Route.Undone:
      return sendUndone(client, info, frame);
    case Route.Private:
      if (info.effect === Effect.Debug) return sendScriptDebug(client, info, frame);
      if (link === null && info.effect === Effect.Blocking && info.name.startsWith('xread') && !mayBlock(frame)) {
        return sendOnLane(client, info, frame);
      }
      // It may have to stand in line, and then its connection must be free to move once more.
      if (info.effect === Effect.Blocking && shard.blocked.moving && client.outstanding > 0) {
        return waitForReplies(client);
      }
      if (info.effect === Effect.Tracking && !hasTarget(client, frame)) return false;
      return sendOnLink(client, info, frame);
    default:
      return link === null && !wantsOwnLink(client) ? sendOnLane(client, info, frame) : sendOnLink(client, info, frame);
  }
}

/** It was sent, and its connection broke. What comes behind it is sent when this has been said. */
function answerUnknown(client: Client): boolean {
  if (client.outstanding > 0) return waitForReplies(client);
  client.unanswered--;
  client.fail('outcome-unknown');
  return true;
}

function leavesMulti(info: CommandInfo, frame: Buffer): boolean {
  return LEAVES_MULTI.has(info.name) && (info.name !== 'reset' || standsAlone(frame));
}

/** Messages that were published before the command would come behind its answer, or not any more. */
function overtakesMessages(link: PrivateLink, { effect, name }: CommandInfo): boolean {
  return link.pushes.isWaiting && (CHANGES_LISTENING.has(effect) || ENDS_LISTENING.has(name));
}

/** A RESP2 client that listens may say little (to a Redis); the server refuses the rest, and it changes nothing. */
function isRefusedWhileSubscribed(client: Client, link: PrivateLink, info: CommandInfo): boolean {
  if (!link.state.subscribed || client.session.identity.resp === 3) return false;
  if (!client.shard.dialect.limitsSubscribers) return false;
  const { effect, name } = info;
  return effect !== Effect.Subscribe && effect !== Effect.Unsubscribe && !SAID_WHILE_SUBSCRIBED.has(name);
}

/** Others should not stand behind this client on a lane: its pipeline is deep, or it held up a lane not long ago. */
function wantsOwnLink(client: Client): boolean {
  const { lane, output, outstanding } = client;
  if (client.unauthenticated || (outstanding > 0 && lane?.isLeftTo(output) === true)) return false;
  if (outstanding >= MAX_LANE_DEPTH) output.ownLinkLeft = OWN_LINK_REQUESTS;
  if (output.ownLinkLeft === 0) return false;
  if (outstanding === 0) {
    output.ownLinkLeft--;
    client.lane = null;
  }
  return true;
}

function waitForReplies(client: Client): false {
  client.wait('replies');
  return false;
}

function sendOnLane(client: Client, info: CommandInfo, frame: Buffer, sink: ReplySink = client): boolean {
  if (client.isRedirectTarget) return sendOnLink(client, info, frame, sink);
  const lane = acquireLane(client, info.write);
  if (lane === 'wait') return false;
  if (lane === 'failed') return true;
  count(client, info);
  lane.send(sink, frame, 0, frame.length, info.write);
  client.outstanding++;
  return true;
}

function sendOnLink(client: Client, info: CommandInfo, frame: Buffer, sink: ReplySink = client): boolean {
  // What changes who hears what waits while the master moves: the moment from which the new one counts is marked then.
  const mayNotChange = CHANGES_LISTENING.has(info.effect) && client.shard.gate.isHeldBy('switchover');
  const link = acquireLink(client, info.write || mayNotChange);
  if (link === 'wait') return false;
  if (link === 'failed') return true;
  if (client.outstanding > 0 && link.state.mustSettle(info)) return waitForReplies(client);
  if (info.effect === Effect.Reply && !silenceIsAllowed(client, link)) return false;
  count(client, info);
  link.send(info, frame, null, sink);
  return true;
}

/** READONLY: the server judges it, and behind it the connection, which others may use, is as it was. */
function sendUndone(client: Client, info: CommandInfo, frame: Buffer): boolean {
  const plain = { ...info, effect: Effect.None };
  if (!(client.link === null ? sendOnLane(client, plain, frame) : sendOnLink(client, plain, frame))) return false;
  const upstream = client.link?.upstream ?? client.lane;
  if (upstream === null || !upstream.ready) return true;
  const frames = client.link?.takeReplyCount() ?? 1;
  upstream.send(new OwnRequest(ignore), READWRITE, 0, READWRITE.length, false, frames);
  return true;
}

function count(client: Client, info: CommandInfo): void {
  client.shard.stats.commands[info.write ? 'write' : 'read']++;
}

/** Whether XREAD or XREADGROUP has BLOCK among its options, which stand before STREAMS. Too careful at worst. */
function mayBlock(frame: Buffer): boolean {
  return /\$5\r\nBLOCK\r\n/i.test(frame.toString('latin1', 0, 1024));
}

function ignore(): void {
  // A user who may say READONLY and not READWRITE leaves the mode on: it says nothing to a master.
}

/** Bytes that are no request: nothing is sent on, and nothing is answered. */
export function passEmpty(client: Client): void {
  if (client.link !== null) spendSkipOnEmpty(client.link);
  client.input.start = client.scanner.frameEnd;
}
