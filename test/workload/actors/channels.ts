import type { Actor } from '../actor.js';
import { integer, list, text } from '../replies.js';
import { Wire } from '../wire.js';

/** How many turns a subscription lasts. */
const LONGEST_TURNS = 40;

function channelOf(actor: Actor): string {
  return `${actor.common.prefix}channel`;
}

export async function publisher(actor: Actor): Promise<void> {
  const key = channelOf(actor);
  const message = actor.unique();
  await actor.ask({ kind: 'publish', key, argument: { message }, words: ['PUBLISH', key, message], value: integer });
}

/** Subscribes on a connection of its own, listens for some turns, and ends it in an orderly way, so that nothing may be missing. */
export async function subscriber(actor: Actor): Promise<void> {
  const { common, random } = actor;
  const key = channelOf(actor);
  const wire = await Wire.dial(common.target());
  try {
    wire.subscriber((message) => actor.begin('receive', key, { message: text(list(message)[2] ?? null) }).ok('OK'));
    const subscribe = actor.begin('subscribe', key, null);
    const isSubscribed = await actor.settle(subscribe, wire.send(['SUBSCRIBE', key], common.deadlineMs), confirmed);
    // Refused: what follows would be the end of an earlier subscription.
    if (isSubscribed === undefined) return;
    for (let left = 1 + random.below(LONGEST_TURNS); left > 0 && wire.lost === null && !common.isOver(); left--) {
      await actor.rest();
    }
    if (wire.lost === null) {
      const unsubscribe = actor.begin('unsubscribe', key, { lost: false });
      await actor.settle(unsubscribe, wire.send(['UNSUBSCRIBE', key], common.deadlineMs), confirmed);
    } else {
      actor.begin('unsubscribe', key, { lost: true }).ok('OK');
    }
  } finally {
    if (wire.lost !== null) common.disconnected(actor.name, wire.lost.message);
    wire.close();
  }
}

function confirmed(reply: Parameters<typeof list>[0]): 'OK' {
  const [kind = null] = list(reply);
  if (!text(kind).endsWith('subscribe')) throw new Error(`no confirmation: ${text(kind)}`);
  return 'OK';
}
