import { Findings, ofKind } from './evidence.js';
import type { Operation } from './operation.js';
import type { Anomaly } from './verdict.js';

/** One subscription of one client, from its confirmation to its end. */
interface Session {
  readonly subscribe: Operation<'subscribe'>;
  readonly received: readonly Operation<'receive'>[];
  /** `undefined`: the connection broke, or nobody knows how it ended. */
  readonly end: Operation<'unsubscribe'> | undefined;
}

/**
 * Messages of one channel: while a client is subscribed, each acknowledged message reaches it once, and none before one that had been
 * acknowledged when it was published. Of a connection that broke nobody knows what was on the way: what stands before a message that came has to be complete.
 */
export function checkChannel(key: string, operations: readonly Operation[]): readonly Anomaly[] {
  const findings = new Findings(key);
  const publishes = new Map(ofKind(operations, 'publish').map((publish) => [publish.argument.message, publish]));
  for (const session of sessionsOf(operations)) {
    const received = checkReceived(findings, session, publishes);
    checkMissed(findings, session, { publishes: [...publishes.values()], received });
  }
  return findings.all();
}

function sessionsOf(operations: readonly Operation[]): readonly Session[] {
  const ended = ofKind(operations, 'unsubscribe');
  const received = ofKind(operations, 'receive').toSorted((a, b) => a.start - b.start);
  const subscribed = ofKind(operations, 'subscribe').filter(({ outcome }) => outcome.type === 'ok');
  return subscribed.map((subscribe) => {
    const { client, start } = subscribe;
    const until = Math.min(
      ...subscribed.filter((each) => each.client === client && each.start > start).map((each) => each.start),
    );
    const isWithin = (each: Operation): boolean => each.client === client && each.start >= start && each.start < until;
    const end = ended.find((each) => isWithin(each) && !each.argument.lost && each.outcome.type === 'ok');
    return { subscribe, received: received.filter(isWithin), end };
  });
}

function checkReceived(
  findings: Findings,
  { received }: Session,
  publishes: ReadonlyMap<string, Operation<'publish'>>,
): ReadonlySet<string> {
  const seen = new Set<string>();
  /** Of all that came before the one looked at: the one published last. */
  let latest: Operation<'publish'> | undefined;
  for (const receive of received) {
    const { message } = receive.argument;
    const publish = publishes.get(message);
    if (publish === undefined || receive.end < publish.start) {
      findings.add('wrong-reply', `${message} came, and nobody had published it`, receive);
      seen.add(message);
      continue;
    }
    if (publish.outcome.type === 'refused') findings.add('ran-though-refused', `${message} came`, publish, receive);
    if (seen.has(message)) findings.add('doubled', `${message} came twice`, publish, receive);
    else if (latest !== undefined && publish.end < latest.start) {
      findings.add('out-of-order', `${message} came after ${latest.argument.message}`, publish, latest, receive);
    }
    seen.add(message);
    if (latest === undefined || publish.start > latest.start) latest = publish;
  }
  return seen;
}

function checkMissed(
  findings: Findings,
  { subscribe, received, end }: Session,
  {
    publishes,
    received: seen,
  }: { readonly publishes: readonly Operation<'publish'>[]; readonly received: ReadonlySet<string> },
): void {
  const starts = publishes.flatMap(({ argument, start }) => (seen.has(argument.message) ? [start] : []));
  // Not by the spread of an argument list: there may be a hundred thousand.
  const lastSeen = starts.reduce((latest, start) => Math.max(latest, start), -Infinity);
  const completeUntil = end?.start ?? lastSeen;
  const missed = publishes.filter(
    ({ outcome, start, end: over, argument }) =>
      outcome.type === 'ok' && start > subscribe.end && over < completeUntil && !seen.has(argument.message),
  );
  for (const publish of missed) {
    const next = received.find((each) => each.start > publish.end);
    const evidence = [subscribe, publish, next, end].filter((each) => each !== undefined);
    findings.add('lost', `${publish.argument.message} did not come to ${subscribe.client}`, ...evidence);
  }
}
