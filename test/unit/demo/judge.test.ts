import t from 'tap';
import { ClientHistory, type Outcome } from '../../../bench/load/client-history.js';
import { NO_FINDINGS, type Findings } from '../../../bench/load/findings.js';
import { judge, type FinalState } from '../../../bench/load/judge.js';
import { OPERATION } from '../../../bench/load/operation.js';
import { KEYS_PER_CLIENT } from '../../../bench/load/settings.js';

const CLIENT = 7;

/** A client that wrote three times to its counter, its list and its key 0. */
function client(outcomes: readonly [Outcome, Outcome, Outcome] = ['ok', 'ok', 'ok']): ClientHistory {
  const history = new ClientHistory(CLIENT);
  for (const outcome of outcomes) {
    for (const operation of [OPERATION.set, OPERATION.incr, OPERATION.rpush]) {
      history.settled(operation, 0, history.sent(operation, 0), outcome);
    }
  }
  return history;
}

/** What a sound master holds after {@link client}, with what a test wants different. */
function state(changed: { counter?: number; list?: readonly number[]; value?: number | null } = {}): FinalState {
  const sequence = changed.value === undefined ? 3 : changed.value;
  const values = Array.from({ length: KEYS_PER_CLIENT }, () => null);
  return {
    counter: changed.counter ?? 3,
    list: changed.list ?? [1, 2, 3],
    values: [sequence === null ? null : { client: CLIENT, key: 0, sequence }, ...values.slice(1)],
  };
}

function found(differences: Partial<Findings>): Findings {
  return { ...NO_FINDINGS, ...differences };
}

await t.test('a history that is all there is clean', async (t) => {
  t.same(judge(client(), state()), NO_FINDINGS);
});

await t.test('a lower counter is a lost write', async (t) => {
  t.same(judge(client(), state({ counter: 1 })), found({ lost: 2 }));
});

await t.test('a higher counter is a doubled write', async (t) => {
  t.same(judge(client(), state({ counter: 5 })), found({ doubled: 2 }));
});

await t.test('an INCR without a reply may or may not have run, but only once', async (t) => {
  const history = client(['ok', 'unknown', 'ok']);
  t.same(judge(history, state({ counter: 2 })), NO_FINDINGS);
  t.same(judge(history, state({ counter: 3 })), NO_FINDINGS);
  t.same(judge(history, state({ counter: 4 })), found({ doubled: 1 }));
  t.same(judge(history, state({ counter: 1 })), found({ lost: 1 }));
});

await t.test('an INCR that was refused and ran all the same is told apart from a doubled one', async (t) => {
  const history = client(['ok', 'error', 'ok']);
  t.same(judge(history, state({ counter: 2, list: [1, 3] })), NO_FINDINGS);
  t.same(judge(history, state({ counter: 3, list: [1, 3] })), found({ ranThoughRefused: 1 }));
  t.same(judge(history, state({ counter: 4, list: [1, 3] })), found({ ranThoughRefused: 1, doubled: 1 }));
});

await t.test('a missing list element is a lost write', async (t) => {
  t.same(judge(client(), state({ list: [1, 3] })), found({ lost: 1 }));
  t.same(judge(client(), state({ list: [] })), found({ lost: 3 }));
});

await t.test('a list element that stands there twice is a doubled write', async (t) => {
  t.same(judge(client(), state({ list: [1, 2, 2, 3] })), found({ doubled: 1 }));
  t.same(judge(client(), state({ list: [1, 2, 3, 1] })), found({ doubled: 1 }));
});

await t.test('list elements that changed places are out of order', async (t) => {
  t.same(judge(client(), state({ list: [1, 3, 2] })), found({ outOfOrder: 1 }));
  t.same(judge(client(), state({ list: [3, 1, 2] })), found({ outOfOrder: 2 }));
});

await t.test('a list element without a reply may be there or not', async (t) => {
  const history = client(['ok', 'unknown', 'ok']);
  t.same(judge(history, state({ list: [1, 3] })), NO_FINDINGS);
  t.same(judge(history, state({ list: [1, 2, 3] })), NO_FINDINGS);
  t.same(judge(history, state({ list: [1, 2, 2, 3] })), found({ doubled: 1 }));
});

await t.test('a list element that was refused must not be there', async (t) => {
  const history = client(['ok', 'error', 'ok']);
  t.same(judge(history, state({ counter: 2, list: [1, 2, 3] })), found({ ranThoughRefused: 1 }));
});

await t.test('a list element that nobody sent is crossed', async (t) => {
  t.same(judge(client(), state({ list: [1, 2, 3, 4] })), found({ crossed: 1 }));
  t.same(judge(client(), state({ list: [1, 2, 3, Number.NaN] })), found({ crossed: 1 }));
});

await t.test('a key that is older than acknowledged, or gone, is a lost write', async (t) => {
  t.same(judge(client(), state({ value: 2 })), found({ lost: 1 }));
  t.same(judge(client(), state({ value: null })), found({ lost: 1 }));
});

await t.test('a key may hold a SET that had no reply, and must not hold one that was refused', async (t) => {
  t.same(judge(client(['ok', 'ok', 'unknown']), state()), NO_FINDINGS);
  t.same(judge(client(['ok', 'ok', 'unknown']), state({ value: 2 })), NO_FINDINGS);
  const refused = client(['ok', 'ok', 'error']);
  t.same(judge(refused, state({ counter: 2, list: [1, 2], value: 2 })), NO_FINDINGS);
  t.same(judge(refused, state({ counter: 2, list: [1, 2], value: 3 })), found({ ranThoughRefused: 1 }));
});

await t.test('a value of another client, of another key, or that was never sent is crossed', async (t) => {
  for (const mark of [
    { client: CLIENT + 1, key: 0, sequence: 3 },
    { client: CLIENT, key: 1, sequence: 3 },
    { client: CLIENT, key: 0, sequence: 4 },
  ]) {
    t.same(judge(client(), { ...state(), values: [mark] }), found({ crossed: 1 }));
  }
});

await t.test('what the replies showed during the run is part of the verdict', async (t) => {
  const history = client();
  history.counted(2);
  history.counted(2);
  history.mismatched();
  t.same(judge(history, state()), found({ outOfOrder: 1, crossed: 1 }));
});
