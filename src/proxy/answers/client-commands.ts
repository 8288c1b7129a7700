import type { CommandInfo } from '../../command/command-info.js';
import { decodeRequest } from '../../resp/decode.js';
import { encodeBulk, encodeInteger, encodeNull, encodeRequest, encodeVerbatim } from '../../resp/encode.js';
import { acquireLane, acquireLink } from '../client/acquire.js';
import type { Client } from '../client/client.js';
import { killAnswer, killClients } from './client-kill.js';
import { CLUSTER_REPLIES } from '../announce/cluster-replies.js';
import { byId, describeClient, listClients } from './client-line.js';
import { pauseClients, pausePlan } from './client-pause-command.js';
import { betweenMasters, unblockElsewhere, unblockOnServer } from './client-unblock.js';
import type { Dialect } from '../dialect.js';
import { runErrand } from './errand.js';
import type { Peers } from '../peers.js';
import { spendSkip } from '../private/reply-mode.js';
import { NO_SUCH_ID } from '../private/tracking.js';
import type { Upstream } from '../upstream/upstream.js';

/**
 * The CLIENT subcommands that speak of connections: on a direct connection of the client's own, here of the proxy's
 * clients; and what a cluster says of the addresses of its nodes. The server judges each one first, in a form that changes nothing there, so that ACL rules, arity and syntax
 * answer as they would directly. @returns as `routeSlowly`.
 */
export function answerHere(client: Client, info: CommandInfo, frame: Buffer): boolean {
  if (client.outstanding > 0) {
    client.wait('replies');
    return false;
  }
  const upstream = judgeOf(client);
  if (upstream === 'wait') return false;
  if (upstream === 'failed') return true;
  const args = decodeRequest(frame);
  // Pausing waits for a switch to end: its gate and its pause are not a client's to open.
  // What a paused server answers to UNBLOCK of a call that it holds is not the last word to that call (Redis 7.0).
  if ((CHANGES_PAUSE.has(info.name) || info.name === 'client|unblock') && !passSwitch(client)) return false;
  if (info.name === 'client|unblock' && betweenMasters(client, args)) {
    client.wait('errand');
    client.shard.blocked.onceChanged(() => client.resume('errand'));
    return false;
  }
  client.shard.stats.commands.local++;
  if (client.link !== null) spendSkip(client.link);
  if (info.name === 'client|unblock' && unblockElsewhere(client, upstream, args)) return true;
  if (info.name === 'client|pause') {
    pauseClients(client, upstream, args);
    return true;
  }
  const plan = planOf(client, info, args);
  // A switch waits for it as for a write: UNPAUSE must not come behind its pause.
  const write = info.name === 'client|unpause';
  const { peers } = client.shard;
  const { judged = Buffer.from(frame), answer, elsewhere } = plan;
  const answerOfAll = peers === null || elsewhere === undefined ? answer : () => elsewhere(peers);
  runErrand(client, upstream, judged, answerOfAll, undefined, write);
  return true;
}

/** How a command about connections is asked of the server, and what the client is told. */
export function planOf(client: Client, info: CommandInfo, args: readonly Buffer[]): Plan {
  const edit = CLUSTER_REPLIES[info.name];
  const { announcement } = client.shard.options;
  if (edit !== undefined && announcement !== null) return { answer: (reply) => edit(reply, announcement) };
  return PLANS[info.name]?.(client, args) ?? { answer: same };
}

export const CHANGES_PAUSE: ReadonlySet<string> = new Set(['client|pause', 'client|unpause']);

/** @returns false while a switch is on; then the client waits for its end. */
export function passSwitch(client: Client): boolean {
  return !client.shard.gate.isHeldBy('switchover') || client.passGate(true);
}

interface Plan {
  /** What the server is asked instead of the client's own words. */
  readonly judged?: Buffer;
  /** What the client gets when the server does not object. */
  readonly answer: (reply: Buffer) => Buffer;
  /** The same where other processes have clients too, and have to be asked. */
  readonly elsewhere?: (peers: Peers) => Promise<Buffer>;
}

const same = (reply: Buffer): Buffer => reply;
const text = (arg: Buffer | undefined): string => arg?.toString('latin1') ?? '';

const PLANS: Readonly<Record<string, (client: Client, args: readonly Buffer[]) => Plan>> = {
  'client|id': (client) => ({ answer: () => encodeInteger(client.id) }),
  'client|getname': (client) => ({
    answer: () =>
      client.session.name === '' ? encodeNull(client.session.identity.resp) : encodeBulk(client.session.name),
  }),
  'client|setname': (client, args) => ({
    answer: (reply) => {
      client.session.name = text(args[2]);
      return reply;
    },
  }),
  'client|setinfo': (client, args) => ({
    answer: (reply) => {
      if (text(args[2]).toLowerCase() === 'lib-name') client.session.libName = text(args[3]);
      else client.session.libVer = text(args[3]);
      return reply;
    },
  }),
  'client|info': (client) => ({
    answer: () => encodeVerbatim(describeClient(client), client.session.identity.resp),
  }),
  'client|list': (client, args) => {
    const words = args.slice(2).map(text);
    const answer = (...others: readonly string[]): Buffer =>
      encodeVerbatim(byId([listClients(client.shard, words), ...others].join('')), client.session.identity.resp);
    return { answer: () => answer(), elsewhere: async (peers) => answer(...(await peers.ask('list', words))) };
  },
  'client|kill': (client, args) => {
    const words = args.slice(2).map(text);
    return {
      judged: killingNobody(args, client.shard.dialect),
      answer: () => {
        // Inside MULTI, where EXEC's reply can not wait for others.
        client.shard.peers?.tell('kill', words);
        return killAnswer(words, killClients(client.shard, words, client));
      },
      elsewhere: async (peers) => {
        const killed = killClients(client.shard, words, client);
        if (typeof killed === 'string') return killAnswer(words, killed);
        const others = await peers.ask('kill', words);
        return killAnswer(
          words,
          others.reduce((sum, count) => sum + count, killed),
        );
      },
    };
  },
  'client|unblock': (client, args) => ({
    judged: unblockOnServer(client, args),
    answer: same,
  }),
  // Inside MULTI; else the writes in flight are answered first.
  'client|pause': (client, args) => pausePlan(client, args),
  'client|unpause': (client) => ({
    answer: (reply) => {
      client.shard.clientPause.end();
      client.shard.peers?.tell('endPause', null);
      return reply;
    },
  }),
};

/** The connection that judges: the client's own link while it has one that answers, else its lane. */
function judgeOf(client: Client): Upstream | 'wait' | 'failed' {
  const link = client.link === null ? null : acquireLink(client, false);
  if (typeof link === 'string') return link;
  return link?.state.replies === 'on' ? link.upstream : acquireLane(client, false);
}

/**
 * The same CLIENT KILL in a form that matches no connection of the server. Filters are joined by "and"; the client's own
 * ids are judged here instead, because newer servers take several and kill them all. Where one filter is enough, no other
 * one may be there: TYPE normal would kill the lanes.
 */
function killingNobody(args: readonly Buffer[], { killsByAnyFilter }: Dialect): Buffer {
  if (args.length < 3) return encodeRequest(args);
  const nobody = ['CLIENT', 'KILL', 'ID', NO_SUCH_ID];
  if (args.length === 3) return encodeRequest(nobody);
  // A filter without a value stays one.
  if (killsByAnyFilter) return encodeRequest(args.length % 2 === 0 ? nobody : [...nobody, 'ID']);
  const filters = args.slice(2);
  const others = filters.filter(
    (_arg, at) => text(filters[at - (at % 2)]).toLowerCase() !== 'id' || filters.length % 2,
  );
  return encodeRequest([...args.slice(0, 2), ...others, 'ID', NO_SUCH_ID]);
}
