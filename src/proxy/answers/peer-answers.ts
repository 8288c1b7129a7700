import type { PeerQuestions } from '../peers.js';
import type { Shard } from '../shard.js';
import { listClients } from './client-line.js';
import { killClients } from './client-kill.js';
import { serverIdOfTarget } from '../private/redirect-target.js';
import { tellNothingCounts } from '../private/tracking.js';
import { whenDrained } from './client-pause-command.js';

/** A call that is on its way to another master is waited for no longer. */
const MOVING_MS = 500;

/** By name, what is done and said. */
export type PeerAnswers = {
  readonly [Name in keyof PeerQuestions]: (
    words: PeerQuestions[Name]['ask'],
  ) => PeerQuestions[Name]['answer'] | Promise<PeerQuestions[Name]['answer']>;
};

/** What this process does and says when another one asks. */
export function peerAnswers(shard: Shard): PeerAnswers {
  const announced: (() => void)[] = [];
  return {
    list: (args) => listClients(shard, args),
    kill: (args) => {
      const killed = killClients(shard, args, null);
      return typeof killed === 'string' ? 0 : killed;
    },
    blockedOn: (id) => blockedOn(shard, id),
    redirectTarget: ({ id, node }) => serverIdOfTarget(shard, id, node),
    invalidateAll: ({ id, nothing }) => {
      const listener = shard.clients.get(id);
      if (listener !== undefined) tellNothingCounts(listener, nothing, true);
      return listener !== undefined;
    },
    announcePause: () => {
      announced.push(shard.clientPause.announce());
      return new Promise((resolve) => whenDrained(shard, () => resolve(null)));
    },
    concludePause: () => done(announced.shift()?.()),
    beginPause: ({ ms, mode }) => done(shard.clientPause.begin(ms, mode)),
    endPause: () => done(shard.clientPause.end()),
    learnAgain: async () => done(await shard.learnAgain()),
    script: (text) => {
      shard.scripts.remember(Buffer.from(text, 'latin1'), shard.scriptsNext);
      return null;
    },
    // Both go to a candidate from here too, behind what this process has sent there: it may have flushed it, or loaded the
    // scripts of before, after the other one had brought it what it tells now.
    scriptsFlushed: () => {
      if (shard.master !== null) shard.scripts.flushed(shard.master, shard.scriptsNext);
      return null;
    },
  };
}

async function blockedOn(shard: Shard, id: number): Promise<number> {
  const call = () => shard.clients.get(id)?.link?.blocked ?? null;
  if (shard.blocked.moving && call()?.settled === false) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, MOVING_MS).unref();
      shard.blocked.onceChanged(resolve);
    });
  }
  const link = shard.clients.get(id)?.link;
  return link?.blocked?.settled === true ? link.upstream.serverId : 0;
}

function done(_nothing: void): null {
  return null;
}
