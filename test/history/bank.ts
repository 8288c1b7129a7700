import { Findings, isOpen, ofKind } from './evidence.js';
import type { Balances, Operation, Transfer } from './operation.js';
import { checkSequence } from './sequence.js';
import type { Anomaly } from './verdict.js';

type Committed = Operation<'transfer'>;

/** What may stand in the accounts; more than one, while it is open who made a change. */
interface World {
  readonly accounts: ReadonlyMap<string, number>;
  readonly used: ReadonlySet<Operation>;
}

/** Each open transfer that is not told apart by what follows doubles them; faults leave a handful. */
const MOST_WORLDS = 2_000;

/**
 * Accounts that are changed by transfers under WATCH, each of which counts the bank's version up: so the answers tell the order, and all
 * that is left is to play it.
 *
 * 1. Versions are a sequence without gap and double.
 * 2. A transfer found what the one before it had left: WATCH and EXEC kept their word.
 * 3. MGET sees all of a transfer, or nothing.
 */
export function checkBank(key: string, operations: readonly Operation[]): readonly Anomaly[] {
  const findings = new Findings(key);
  const transfers = ofKind(operations, 'transfer');
  const committed = transfers.flatMap((operation) =>
    operation.outcome.type === 'ok' && operation.outcome.value !== null
      ? [{ operation, place: operation.outcome.value }]
      : [],
  );
  const seen = ofKind(operations, 'balances').flatMap((operation) =>
    operation.outcome.type === 'ok' ? [{ operation, count: operation.outcome.value.version }] : [],
  );
  const open = transfers.filter(isOpen);
  const refused = transfers.filter(({ outcome }) => outcome.type === 'refused');
  checkSequence(findings, { taken: committed, seen, open, refused });
  checkSums(findings, ofKind(operations, 'balances'));
  if (findings.isEmpty) replay(findings, { committed, seen, open });
  return findings.all();
}

function checkSums(findings: Findings, readings: readonly Operation<'balances'>[]): void {
  let first: { readonly operation: Operation; readonly sum: number } | undefined;
  for (const operation of readings) {
    if (operation.outcome.type !== 'ok') continue;
    const sum = Object.values(operation.outcome.value.accounts).reduce((total, balance) => total + balance, 0);
    first ??= { operation, sum };
    if (sum === first.sum) continue;
    findings.add(
      'broken-transaction',
      `all accounts together held ${first.sum}, then ${sum}`,
      first.operation,
      operation,
    );
  }
}

interface Order {
  readonly committed: readonly { readonly operation: Committed; readonly place: number }[];
  readonly seen: readonly { readonly operation: Operation<'balances'>; readonly count: number }[];
  readonly open: readonly Committed[];
}

function replay(findings: Findings, { committed, seen, open }: Order): void {
  const byPlace = new Map(committed.map(({ operation, place }) => [place, operation]));
  const readings = new Map<number, Operation<'balances'>[]>();
  for (const { operation, count } of seen) readings.set(count, [...(readings.get(count) ?? []), operation]);
  const last = Math.max(0, ...byPlace.keys(), ...readings.keys());
  let worlds: readonly World[] = [{ accounts: new Map(), used: new Set() }];
  for (let version = 0; version <= last; version++) {
    const transfer = byPlace.get(version);
    if (transfer !== undefined) {
      const after = worlds.flatMap((world) => transferred(world, transfer.argument));
      if (after.length === 0) {
        const before = byPlace.get(version - 1);
        const message = `transfer ${version} went through on balances that were not there any more`;
        findings.add('broken-transaction', message, ...(before === undefined ? [] : [before]), transfer);
        return;
      }
      worlds = after;
    } else if (version > 0) {
      worlds = worlds.flatMap((world) => byOpen(world, open));
      if (worlds.length === 0) {
        const message = `nobody without an answer can have made transfer ${version}: none saw the balances that were there`;
        findings.add('doubled', message, ...[version - 1, version + 1].flatMap((place) => byPlace.get(place) ?? []));
        return;
      }
    }
    for (const operation of readings.get(version) ?? []) {
      const { outcome } = operation;
      if (outcome.type !== 'ok') continue;
      const fitting = worlds.flatMap((world) => shown(world, outcome.value));
      if (fitting.length === 0) {
        findings.add(
          'broken-transaction',
          `the balances of version ${version} are none that its transfers lead to`,
          operation,
        );
        return;
      }
      worlds = fitting;
    }
    if (worlds.length > MOST_WORLDS) {
      findings.add('too-hard', `${worlds.length} ways to explain ${open.length} transfers without an answer`);
      return;
    }
  }
}

/** The world after that transfer; none, when it was not the one that the transfer saw. */
function transferred({ accounts, used }: World, { from, to, amount, seen }: Transfer): readonly World[] {
  const isSo = (account: string, balance: number): boolean => (accounts.get(account) ?? balance) === balance;
  if (!isSo(from, seen.from) || !isSo(to, seen.to)) return [];
  return [{ accounts: new Map([...accounts, [from, seen.from - amount], [to, seen.to + amount]]), used }];
}

function byOpen(world: World, open: readonly Committed[]): readonly World[] {
  return open
    .filter((transfer) => !world.used.has(transfer))
    .flatMap((transfer) =>
      transferred(world, transfer.argument).map(({ accounts }) => ({
        accounts,
        used: new Set([...world.used, transfer]),
      })),
    );
}

function shown(world: World, { accounts }: Balances): readonly World[] {
  const isSo = Object.entries(accounts).every(
    ([account, balance]) => (world.accounts.get(account) ?? balance) === balance,
  );
  return isSo ? [{ ...world, accounts: new Map(Object.entries(accounts)) }] : [];
}
