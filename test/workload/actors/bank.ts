import type { Balances, Transfer } from '../../history/operation.js';
import type { Actor } from '../actor.js';
import { count, integer, list } from '../replies.js';
import { tryTransaction } from '../transaction.js';
import type { Reply } from '../wire.js';

const ACCOUNTS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/** Where the bank stands: its version, and then its accounts. Below zero is allowed, so all may begin at nothing. */
export function bankKeys(bank: string): readonly string[] {
  return [bank, ...ACCOUNTS.map((account) => `${bank}:${account}`)];
}

/** @param reply MGET's of {@link bankKeys}. */
export function balancesOf(reply: Reply): Balances {
  const [version = null, ...accounts] = list(reply);
  return {
    version: count(version),
    accounts: Object.fromEntries(ACCOUNTS.map((account, index) => [account, count(accounts[index] ?? null)])),
  };
}

/** Moves money under WATCH, and looks at all accounts. */
export async function banker(actor: Actor): Promise<void> {
  const bank = `${actor.common.prefix}bank`;
  actor.common.uses(bank, 'balances');
  if (actor.random.below(3) > 0) return transfer(actor, bank);
  const words = ['MGET', ...bankKeys(bank)];
  await actor.ask({ kind: 'balances', key: bank, argument: null, words, value: balancesOf });
}

async function transfer(actor: Actor, bank: string): Promise<void> {
  const { random, common } = actor;
  const from = random.below(ACCOUNTS.length);
  const to = (from + 1 + random.below(ACCOUNTS.length - 1)) % ACCOUNTS.length;
  const [fromKey = '', toKey = ''] = [from, to].map((index) => `${bank}:${ACCOUNTS[index] ?? ''}`);
  const wire = await actor.wire();
  const watched = await wire.send(['WATCH', fromKey, toKey], common.deadlineMs);
  if (watched instanceof Error) return actor.drop();
  const read = await wire.send(['MGET', fromKey, toKey], common.deadlineMs);
  if (read instanceof Error) return actor.drop();
  const amount = 1 + random.below(9);
  const [hasFrom, hasTo] = seenOf(read);
  const argument: Transfer = {
    from: ACCOUNTS[from] ?? '',
    to: ACCOUNTS[to] ?? '',
    amount,
    seen: { from: hasFrom, to: hasTo },
  };
  const pending = actor.begin('transfer', bank, argument);
  if (!Number.isInteger(hasFrom + hasTo)) {
    pending.unclean(`no balances: ${JSON.stringify(read).slice(0, 200)}`);
    return actor.drop();
  }
  await tryTransaction(actor, {
    pending,
    watching: true,
    queue: [
      ['SET', fromKey, String(hasFrom - amount)],
      ['SET', toKey, String(hasTo + amount)],
      ['INCR', bank],
    ],
    value: (reply) => (reply === null ? null : integer(list(reply)[2] ?? null)),
  });
}

/** @returns what is no balance as `NaN`. */
function seenOf(reply: Reply): readonly [number, number] {
  try {
    const [from = NaN, to = NaN] = list(reply).map(count);
    return [from, to];
  } catch {
    return [NaN, NaN];
  }
}
