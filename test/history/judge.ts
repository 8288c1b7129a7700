import { availabilityOf } from './availability.js';
import { checkBank } from './bank.js';
import { checkChannel } from './channel.js';
import { checkCounter } from './counter.js';
import { checkExpiring } from './expiring.js';
import { checkList } from './list.js';
import type { Kind, Operation } from './operation.js';
import { checkQueue } from './queue.js';
import { checkRegister } from './register.js';
import type { Anomaly, Outcomes, Verdict } from './verdict.js';

/** What may stand on a key. */
type Thing = 'register' | 'expiring' | 'counter' | 'list' | 'queue' | 'bank' | 'channel';

const THING_OF: Readonly<Record<Exclude<Kind, 'read'>, Thing>> = {
  write: 'register',
  'write-if-absent': 'register',
  swap: 'register',
  'compare-and-swap': 'register',
  'write-expiring': 'expiring',
  increment: 'counter',
  count: 'counter',
  append: 'list',
  range: 'list',
  push: 'queue',
  pop: 'queue',
  move: 'queue',
  remaining: 'queue',
  transfer: 'bank',
  balances: 'bank',
  publish: 'channel',
  subscribe: 'channel',
  receive: 'channel',
  unsubscribe: 'channel',
};

type Check = (key: string, operations: readonly Operation[]) => readonly Anomaly[];

const CHECKS: Readonly<Record<Exclude<Thing, 'queue'>, Check>> = {
  register: checkRegister,
  expiring: checkExpiring,
  counter: checkCounter,
  list: checkList,
  bank: checkBank,
  channel: checkChannel,
};

/** Says what is wrong with a history; the order of its operations does not matter. Throws when a key holds two kinds of things. */
export function judge(history: readonly Operation[]): Verdict {
  const keys = byKey(history);
  const targets = new Set(history.flatMap((operation) => (operation.kind === 'move' ? [operation.argument.to] : [])));
  const anomalies = [...keys].flatMap(([key, operations]) => {
    // What was moved is judged with the queue that it was taken from.
    if (targets.has(key)) return [];
    const thing = thingOn(key, operations);
    if (thing !== 'queue') return CHECKS[thing](key, operations);
    const moved = new Set(operations.flatMap((each) => (each.kind === 'move' ? [each.argument.to] : [])));
    return checkQueue(
      key,
      operations,
      [...moved].flatMap((to) => keys.get(to) ?? []),
    );
  });
  return {
    operations: history.length,
    keys: keys.size,
    outcomes: outcomesOf(history),
    errors: errorsOf(history),
    availability: availabilityOf(history),
    anomalies: [...anomalies, ...uncleanErrors(history)],
  };
}

function byKey(history: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const keys = new Map<string, Operation[]>();
  for (const operation of history) {
    const known = keys.get(operation.key);
    if (known === undefined) keys.set(operation.key, [operation]);
    else known.push(operation);
  }
  return keys;
}

function thingOn(key: string, operations: readonly Operation[]): Thing {
  const things = new Set(operations.flatMap(({ kind }) => (kind === 'read' ? [] : [THING_OF[kind]])));
  const [thing = 'register', ...others] = things;
  if (others.length > 0) throw new Error(`the history of ${key} is of ${[...things].join(' and ')}`);
  return thing;
}

function outcomesOf(history: readonly Operation[]): Outcomes {
  const outcomes = { ok: 0, refused: 0, unknown: 0, unclean: 0 };
  for (const { outcome } of history) outcomes[outcome.type]++;
  return outcomes;
}

function errorsOf(history: readonly Operation[]): Readonly<Record<string, number>> {
  const errors: Record<string, number> = {};
  for (const { outcome } of history) {
    if (outcome.type !== 'ok') errors[outcome.error] = (errors[outcome.error] ?? 0) + 1;
  }
  return errors;
}

function uncleanErrors(history: readonly Operation[]): readonly Anomaly[] {
  const byText = new Map<string, Operation>();
  for (const operation of history) {
    if (operation.outcome.type === 'unclean') byText.set(operation.outcome.error, operation);
  }
  return [...byText].map(([error, operation]) => ({
    kind: 'unclean-error',
    key: operation.key,
    message: `"${error}" does not say whether the command ran`,
    evidence: [operation],
  }));
}
