import type { Expected } from './in-flight.js';
import type { KeptRequest } from './kept-requests.js';
import type { ReplySink, Sender, SentRequest } from './reply-sink.js';
import type { Upstream } from './upstream.js';

/**
 * A connection is not to be used any more, and replies are still to come: all who can send their requests once more are asked
 * whether they want to.
 *
 * @param waiting who waits for replies, in order.
 * @param kept requests by their numbers, of which the first one to be answered is `first`.
 * @returns who takes the replies from now on, one for each of `waiting`.
 */
export function recallAll(
  upstream: Upstream,
  waiting: readonly Expected[],
  kept: ReadonlyMap<number, KeptRequest>,
  first: number,
): readonly (ReplySink | null)[] {
  const requests = new Map<Sender, SentRequest[]>();
  let number = first;
  for (const { sink, frames } of waiting) {
    const sender = sink?.sender ?? null;
    for (const end = number + frames; number < end; number++) {
      if (sender === null || sink === null) continue;
      const own = requests.get(sender) ?? [];
      own.push({ number, kept: kept.get(number) ?? null, sink });
      requests.set(sender, own);
    }
  }
  const recalls = new Map<Sender, ReplySink | null>();
  for (const [sender, own] of requests) recalls.set(sender, sender.recall(own, upstream));
  return waiting.map(({ sink }) => recalls.get(sink?.sender ?? NOBODY) ?? sink);
}

const NOBODY: Sender = { recall: () => null };
