import { Findings, ofKind } from './evidence.js';
import type { Operation } from './operation.js';
import type { Anomaly } from './verdict.js';

/** One subscription of one client, from its confirmation to its end. */
interface Session {
  readonly subscribe: Operation<'subscribe'>;
  readonly received: Operation<'receive'>[];
  /** `undefined`: the connection broke, or nobody knows how it ended. */
  end: Operation<'unsubscribe'> | undefined;
}

/**
 * Messages of one channel: while a client is subscribed, each acknowledged message reaches it once, and none before one that had been
 * acknowledged when it was published. Of a connection that broke nobody knows what was on the way: what stands before a message that came has to be complete.
 */
export function checkChannel(key: string, operations: readonly Operation[]): readonly Anomaly[] {
  const findings = new Findings(key);
  const inOrder = operations.toSorted((a, b) => a.start - b.start);
  const published = ofKind(inOrder, 'publish');
  const publishes = new Map(published.map((publish) => [publish.argument.message, publish]));
  for (const session of sessionsOf(inOrder)) {
    const received = checkReceived(findings, session, publishes);
    checkMissed(findings, session, { published, received });
  }
  return findings.all();
}

/** @param inOrder by their starts. */
function sessionsOf(inOrder: readonly Operation[]): readonly Session[] {
  const sessions: Session[] = [];
  const current = new Map<string, Session>();
  for (const operation of inOrder) {
    const { client, kind, outcome } = operation;
    if (kind === 'subscribe' && outcome.type === 'ok') {
      const session = { subscribe: operation, received: [], end: undefined };
      sessions.push(session);
      current.set(client, session);
    } else if (kind === 'receive') {
      current.get(client)?.received.push(operation);
    } else if (kind === 'unsubscribe' && outcome.type === 'ok' && !operation.argument.lost) {
      const session = current.get(client);
      if (session !== undefined) session.end ??= operation;
    }
  }
  return sessions;
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
    published,
    received: seen,
  }: { readonly published: readonly Operation<'publish'>[]; readonly received: ReadonlySet<string> },
): void {
  const during = published.slice(countBefore(published, subscribe.end), countBefore(published, end?.start ?? Infinity));
  const lastSeen = during.findLast(({ argument }) => seen.has(argument.message))?.start ?? -Infinity;
  const completeUntil = end?.start ?? lastSeen;
  for (const publish of during) {
    const { outcome, argument } = publish;
    if (outcome.type !== 'ok' || publish.end >= completeUntil || seen.has(argument.message)) continue;
    const next = received.find((each) => each.start > publish.end);
    const evidence = [subscribe, publish, next, end].filter((each) => each !== undefined);
    findings.add('lost', `${argument.message} did not come to ${subscribe.client}`, ...evidence);
  }
}

/** So many of them began before or at that time. @param inOrder by their starts. */
function countBefore(inOrder: readonly Operation[], time: number): number {
  let [low, high] = [0, inOrder.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((inOrder[middle]?.start ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
