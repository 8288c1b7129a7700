import { encodeRequest } from '../../resp/encode.js';
import type { Client } from '../client/client.js';
import { askOnce } from '../command-source.js';
import type { Shard } from '../shard.js';
import { runErrand } from './errand.js';
import type { NodeLinks } from '../upstream/node-links.js';
import type { Upstream } from '../upstream/upstream.js';

/** Writes in flight that are not answered by then are held by somebody else's pause, and this one need not wait for them. */
const MAX_DRAIN_MS = 100;

const text = (arg: Buffer | undefined): string => arg?.toString('latin1') ?? '';

/**
 * CLIENT PAUSE of a client.
 *
 * 1. The gate closes, and what is in flight is answered: a write that the pause caught inside the server would hold up
 *    its lane, and with it the reads of others.
 * 2. The server is asked: it judges the words, and stops clients that do not come through here.
 * 3. When it agrees, the gate stays closed for the time that was asked for; when not, it opens.
 *
 * The server is asked for WRITE in either mode: in mode ALL it would not answer Holdfast's own questions, and so look
 * dead. Holdfast's clients are held in the mode that they asked for.
 */
export function pauseClients(client: Client, upstream: Upstream, args: readonly Buffer[]): void {
  const { shard } = client;
  const { peers } = shard;
  const { judged, answer } = pausePlan(client, args);
  const open = shard.clientPause.announce();
  const reopen = (): void => {
    open();
    peers?.tell('concludePause', null);
  };
  client.wait('errand');
  const ask = (): void => {
    if (client.closed) {
      reopen();
      return;
    }
    if (upstream.closed) {
      reopen();
      client.fail('upstream-failed');
      client.resume('errand');
      return;
    }
    runErrand(client, upstream, judged, answer, reopen);
  };
  const others = peers?.ask('announcePause', null);
  whenDrained(shard, () => {
    if (others === undefined) ask();
    else void others.then(ask);
  });
}

/** Calls `then` once, when no write is in flight, or will not be answered soon. */
export function whenDrained(shard: Shard, then: () => void): void {
  const done = (): void => {
    stop();
    clearTimeout(timer);
    then();
  };
  const timer = setTimeout(done, MAX_DRAIN_MS);
  const stop = shard.onDrained(() => {
    if (!shard.writesInFlight) done();
  });
  if (!shard.writesInFlight) done();
}

/** Steps 2 and 3. */
export function pausePlan(
  client: Client,
  args: readonly Buffer[],
): { judged: Buffer; answer: (reply: Buffer) => Buffer } {
  const mode = text(args[3]).toLowerCase();
  const asksForAll = args.length === 3 || (args.length === 4 && mode === 'all');
  return {
    judged: encodeRequest(asksForAll ? [...args.slice(0, 3), 'WRITE'] : args),
    answer: (reply) => {
      const pause = { ms: Number(text(args[2])), mode: mode === 'write' ? ('writes' as const) : ('all' as const) };
      client.shard.clientPause.begin(pause.ms, pause.mode);
      client.shard.peers?.tell('beginPause', pause);
      return reply;
    },
  };
}

/** The pause that a client asked for goes on at the next master, for those too who write to it directly. */
export function pauseToo({ clientPause, ownLane }: Shard, links: NodeLinks): void {
  const { leftMs } = clientPause;
  if (leftMs === 0) return;
  const request = encodeRequest(['CLIENT', 'PAUSE', String(Math.ceil(leftMs)), 'WRITE']);
  const lane = links.lane(ownLane);
  const ask = lane.opened().then(() => askOnce(lane, request));
  ask.catch(() => undefined);
}
