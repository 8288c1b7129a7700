import type { CommandInfo } from '../../command/command-info.js';
import { encodeStatus } from '../../resp/encode.js';
import { decodeRequest } from '../../resp/decode.js';
import { standsAlone } from '../../session/link-state.js';
import type { Outcome } from '../../session/transaction.js';
import { askingOnly, makeIdentity, type Identity } from '../../session/identity.js';
import { requestedIdentity, type IdentityRequest } from '../../session/identity-command.js';
import { acquireLink, passToMaster, waitForOpening } from '../client/acquire.js';
import type { Client } from '../client/client.js';
import { runErrand } from './errand.js';
import { laneSlot } from '../upstream/lane-spread.js';
import type { PrivateLink } from '../private/private-link.js';
import type { Upstream } from '../upstream/upstream.js';
import type { UpstreamError } from '../upstream/upstream-error.js';

const PROTO_2 = '$5\r\nproto\r\n:2\r\n';

/**
 * AUTH, HELLO, SELECT, RESET, QUIT.
 *
 * The first three are sent over the lane of the identity that they ask for, where they change nothing, or over one that
 * has no other use: so the server itself judges them each time, and its own reply is the client's. @returns as
 * `routeSlowly`.
 */
export function changeIdentity(client: Client, info: CommandInfo, frame: Buffer): boolean {
  if (client.outstanding > 0) {
    client.wait('replies');
    return false;
  }
  if (info.name === 'quit' || (info.name === 'reset' && standsAlone(frame))) {
    client.shard.stats.commands.local++;
    if (info.name === 'reset') reset(client);
    else {
      if (client.link?.answersLast() !== false) client.reply(encodeStatus('OK'));
      client.close();
    }
    return true;
  }
  const request = requestedIdentity(client.session.identity, decodeRequest(frame), client.shard.dialect.onlyUser);
  if (client.link !== null) return changeOnLink(client, info, request, frame);
  if (request === null) return askOnThrowaway(client, frame);
  return changeLane(client, request, frame);
}

/** The client has state on a connection of its own, which changes its identity with it. */
function changeOnLink(client: Client, info: CommandInfo, request: IdentityRequest | null, frame: Buffer): boolean {
  const link = acquireLink(client, false);
  if (link === 'wait') return false;
  if (link === 'failed') return true;
  // Of a malformed one the first half may count (HELLO 3 AUTH user password NONSENSE).
  if (request === null) link.state.bound = true;
  if (link.state.replies !== 'on') {
    // Nobody tells whether the server agreed, so nobody else may get this connection.
    link.state.bound = true;
    link.forward(info, frame);
    if (request !== null) adopt(client, request, frame);
    return true;
  }
  runErrand(client, link.upstream, Buffer.from(frame), (reply) => {
    if (request === null) return reply;
    const adopted = adopt(client, request, reply);
    link.upstream.identity = client.session.identity;
    link.twins.renew();
    return adopted;
  });
  return true;
}

/** What becomes of the client's identity when AUTH, HELLO or SELECT has run inside a transaction. */
export function identityOutcome(link: PrivateLink, args: readonly Buffer[]): Outcome {
  const { client } = link;
  // Of a malformed one the first half may count, as outside.
  if (requestedIdentity(client.session.identity, args, client.shard.dialect.onlyUser) === null) link.state.bound = true;
  return (result) => {
    const request = requestedIdentity(client.session.identity, args, client.shard.dialect.onlyUser);
    if (request === null) return result;
    const adopted = adopt(client, request, result);
    link.upstream.identity = client.session.identity;
    return adopted;
  };
}

function changeLane(client: Client, request: IdentityRequest, frame: Buffer): boolean {
  // Waits for the gate and for a master as any command does; not for its present lane, whose user may be gone.
  const links = passToMaster(client, false);
  if (links === 'wait') return false;
  if (links === 'failed') return true;
  const { target } = request;
  // HELLO may turn the connection that it runs on into one of RESP2: that must not be a lane.
  const judge = target.resp === 3 && client.shard.dialect.mayLackResp3 ? askingOnly(target) : target;
  if (!links.mayOpen(judge)) {
    client.wait('upstream');
    links.onOpening(() => {
      client.resume('upstream');
      return !client.closed;
    });
    return false;
  }
  const lane = client.shard.lane(links, laneSlot(judge));
  if (!lane.ready) {
    waitForOpening(client, links, lane, true);
    return false;
  }
  runErrand(client, lane, Buffer.from(frame), (reply) => {
    const answer = adopt(client, request, reply);
    if (client.shard.lanes.count === 1 && client.session.identity === judge) client.lane = lane;
    client.shard.defaultUser.judge(client);
    return answer;
  });
  return true;
}

/** A malformed request must not reach a connection that others use: some versions act on half of it. */
function askOnThrowaway(client: Client, frame: Buffer): boolean {
  const links = passToMaster(client, false);
  if (links === 'wait') return false;
  if (links === 'failed') return true;
  const throwaway = links.privateLink(client.session.identity);
  const bytes = Buffer.from(frame);
  whenOpen(client, throwaway, () => {
    runErrand(client, throwaway, bytes, (reply) => reply);
    // Errand first, then the end: `retire` waits for the reply.
    throwaway.retire();
  });
  return true;
}

/** The request at hand is consumed already: the client waits, and gets an error when the connection can not be opened. */
function whenOpen(client: Client, upstream: Upstream, ask: () => void): void {
  if (upstream.ready) {
    ask();
    return;
  }
  client.wait('errand');
  upstream.opened().then(ask, (error: UpstreamError) => {
    if (error.reply === null) client.fail('upstream-failed');
    else client.reply(error.reply);
    client.resume('errand');
  });
}

function adopt(client: Client, request: IdentityRequest, reply: Buffer): Buffer {
  client.session.identity = spoken(request.target, reply);
  client.lane = null;
  client.shard.defaultUser.judge(client);
  if (request.name !== undefined) client.session.name = request.name;
  return withOwnId(reply, client.id);
}

/** What HELLO has agreed on: a server that has RESP3 switched off goes on with RESP2, and says so. */
function spoken(target: Identity, reply: Buffer): Identity {
  const { auth, resp, db, generation } = target;
  return resp === 3 && reply.includes(PROTO_2) ? makeIdentity(auth, 2, db, generation) : target;
}

/**
 * HELLO's reply holds the id of the connection that answered; the client's is the proxy's. And it holds a role, which is
 * the old master's own when that has just been demoted; whoever speaks to Holdfast speaks to the master.
 */
function withOwnId(reply: Buffer, id: number): Buffer {
  const text = reply.toString('latin1');
  if (!text.includes('$2\r\nid\r\n:')) return reply;
  const own = text
    .replace(/(\$2\r\nid\r\n):\d+\r\n/, `$1:${id}\r\n`)
    .replace('$4\r\nrole\r\n$7\r\nreplica\r\n', () => '$4\r\nrole\r\n$6\r\nmaster\r\n');
  return Buffer.from(own, 'latin1');
}

function reset(client: Client): void {
  // RESET ends CLIENT REPLY OFF and is answered; the SKIP before it still counts.
  const silent = client.link?.state.replies === 'skip';
  client.link?.abandon();
  client.link = null;
  client.lane = null;
  client.session.identity = client.shard.defaultUser.identity;
  client.shard.defaultUser.judge(client);
  client.session.name = '';
  if (!silent) client.reply(encodeStatus('RESET'));
}
