import type { CommandInfo } from '../../command/command-info.js';
import { decodeRequest } from '../../resp/decode.js';
import { encodeBulk, encodeInteger, encodeNull, encodeRequest, encodeVerbatim } from '../../resp/encode.js';
import { acquireLane, acquireLink } from '../client/acquire.js';
import type { Client } from '../client/client.js';
import { killClients } from './client-kill.js';
import { describeClient } from './client-line.js';
import { pauseClients, pausePlan } from './client-pause-command.js';
import { runErrand } from './errand.js';
import { spendSkip } from '../private/reply-mode.js';
import { NO_SUCH_ID } from '../private/tracking.js';
import type { Upstream } from '../upstream/upstream.js';

/**
 * The CLIENT subcommands that speak of connections: on a direct connection of the client's own, here of the proxy's
 * clients. The server judges each one first, in a form that changes nothing there, so that ACL rules, arity and syntax
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
  if (info.name === 'client|pause') {
    pauseClients(client, upstream, args);
    return true;
  }
  const plan = planOf(client, info, args);
  // A switch waits for it as for a write: UNPAUSE must not come behind its pause.
  const write = info.name === 'client|unpause';
  runErrand(client, upstream, plan.judged ?? Buffer.from(frame), plan.answer, undefined, write);
  return true;
}

/** How a command about connections is asked of the server, and what the client is told. */
export function planOf(client: Client, info: CommandInfo, args: readonly Buffer[]): Plan {
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
  'client|list': (client, args) => ({
    answer: () => encodeVerbatim(listClients(client, args), client.session.identity.resp),
  }),
  'client|kill': (client, args) => ({
    judged: killingNobody(args),
    answer: () => killClients(client, args.slice(2).map(text)),
  }),
  'client|unblock': (client, args) => ({
    judged:
      args.length < 3
        ? encodeRequest(args)
        : encodeRequest([...args.slice(0, 2), serverIdOf(client, text(args[2])), ...args.slice(3)]),
    answer: same,
  }),
  // Inside MULTI; else the writes in flight are answered first.
  'client|pause': (client, args) => pausePlan(client, args),
  'client|unpause': (client) => ({
    answer: (reply) => {
      client.shard.clientPause.end();
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
 * ids are judged here instead, because newer servers take several and kill them all.
 */
function killingNobody(args: readonly Buffer[]): Buffer {
  if (args.length < 3) return encodeRequest(args);
  if (args.length === 3) return encodeRequest(['CLIENT', 'KILL', 'ID', NO_SUCH_ID]);
  const filters = args.slice(2);
  const others = filters.filter(
    (_arg, at) => text(filters[at - (at % 2)]).toLowerCase() !== 'id' || filters.length % 2,
  );
  return encodeRequest([...args.slice(0, 2), ...others, 'ID', NO_SUCH_ID]);
}

/** The server's id of the link on which the proxy's client `id` is blocked; words that are no id are left to the server. */
function serverIdOf(client: Client, id: string): string {
  if (!/^\d{1,15}$/.test(id)) return id;
  const link = client.shard.clients.get(Number(id))?.link;
  return link?.blocked?.settled === true && link.upstream.serverId > 0 ? String(link.upstream.serverId) : NO_SUCH_ID;
}

/** The call that is to be unblocked has been let go by the old master, and the new one does not have it yet. */
function betweenMasters(client: Client, args: readonly Buffer[]): boolean {
  const { shard } = client;
  return shard.blocked.moving && shard.clients.get(Number(text(args[2])))?.link?.blocked?.settled === false;
}

/** `CLIENT LIST`, `… TYPE normal|pubsub|…`, `… ID 1 2 3`; the server has checked the syntax. */
function listClients(client: Client, args: readonly Buffer[]): string {
  const filter = text(args[2]).toLowerCase();
  const values = args.slice(3).map((arg) => text(arg).toLowerCase());
  const lines: string[] = [];
  for (const each of client.shard.clients.values()) {
    if (filter === 'id' && !values.includes(String(each.id))) continue;
    if (filter === 'type' && values[0] !== each.type) continue;
    lines.push(describeClient(each));
  }
  return lines.join('');
}
