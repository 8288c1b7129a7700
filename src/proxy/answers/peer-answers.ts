import type { PeerQuestions } from '../peers.js';
import type { Shard } from '../shard.js';
import { listClients } from './client-line.js';
import { killClients } from './client-kill.js';
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
    announcePause: () => {
      announced.push(shard.clientPause.announce());
      return new Promise((resolve) => whenDrained(shard, () => resolve(null)));
    },
    concludePause: () => done(announced.shift()?.()),
    beginPause: ({ ms, mode }) => done(shard.clientPause.begin(ms, mode)),
    endPause: () => done(shard.clientPause.end()),
    learnAgain: async () => done(await shard.learnAgain()),
    script: (text) => {
      shard.scripts.cache.remember(Buffer.from(text, 'latin1'));
      return null;
    },
    scriptsFlushed: () => {
      // Whoever flushed them brings this to the next master too.
      if (shard.master !== null) shard.scripts.flushed(shard.master, null);
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
