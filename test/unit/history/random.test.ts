import t from 'tap';
import { judge } from '../../history/judge.js';
import type { Operation } from '../../history/operation.js';
import { findOrder } from '../../history/search/find-order.js';
import type { Model } from '../../history/search/model.js';
import { COUNTER, LIST, QUEUE, REGISTER } from '../../history/search/models.js';
import { scaled } from '../../support/scale.js';
import { SeededRandom } from '../resp/seeded-random.js';
import { anyOrderFits, fraction, realHistory, type AtomicObject } from './support/atomic.js';
import { AtomicCounter, AtomicList, AtomicQueue, AtomicRegister } from './support/objects.js';

interface Subject {
  readonly name: string;
  readonly create: () => AtomicObject;
  readonly model: Model;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'counter', create: () => new AtomicCounter(), model: COUNTER },
  { name: 'list', create: () => new AtomicList(), model: LIST },
  { name: 'queue', create: () => new AtomicQueue(), model: QUEUE },
  { name: 'register', create: () => new AtomicRegister('plain'), model: REGISTER },
  { name: 'register with conditions', create: () => new AtomicRegister('all'), model: REGISTER },
];

for (const { name, create, model } of SUBJECTS) {
  await t.test(`${name}: what really happened passes`, async (t) => {
    for (let seed = 0; seed < scaled(150, 3000); seed++) {
      const dice = new SeededRandom(seed);
      const size = { clients: 2 + dice.below(8), requests: 20 + dice.below(60), unknown: 0.08, refused: 0.05 };
      const history = realHistory(dice, create(), size);
      const { anomalies } = judge(history);
      if (anomalies.length > 0) t.same(anomalies, [], `seed ${seed}`);
    }
    t.pass('all of them');
  });

  await t.test(`${name}: what is bent is judged as by trying every order`, async (t) => {
    const verdicts = { right: 0, wrong: 0 };
    for (let seed = 0; seed < scaled(1500, 30_000); seed++) {
      const dice = new SeededRandom(seed);
      const size = { clients: 3, requests: 3 + dice.below(4), unknown: 0.15, refused: 0.05 };
      const history = bent(dice, realHistory(dice, create(), size));
      const fits = anyOrderFits(history, model);
      verdicts[fits ? 'right' : 'wrong']++;
      const judged = judge(history).anomalies;
      // An answer that says "refused" and an effect that is there: the models know nothing of that.
      const isLiar = judged.some(({ kind }) => kind === 'ran-though-refused');
      if ((judged.length === 0) !== fits && !isLiar)
        t.fail(`seed ${seed}: judged otherwise`, { fits, judged, history });
      if ((findOrder(history, model).type === 'linearizable') !== fits)
        t.fail(`seed ${seed}: searched otherwise`, { history });
    }
    t.ok(verdicts.right > 100 && verdicts.wrong > 100, 'enough of both', verdicts);
  });
}

/** Changes one thing at random: an answer becomes another's of its kind, times move, or an operation is gone. */
function bent(dice: SeededRandom, history: readonly Operation[]): Operation[] {
  const operations = [...history];
  const index = dice.below(operations.length - 1);
  const operation = operations[index];
  if (operation === undefined) return operations;
  const alike = operations.filter(({ kind, outcome }) => kind === operation.kind && outcome.type === 'ok');
  const other = alike[dice.below(alike.length)];
  const how = dice.below(5);
  if (how === 0) operations.splice(index, 1);
  else if (how <= 2 && other !== undefined && operation.outcome.type === 'ok') {
    operations[index] = { ...operation, outcome: other.outcome } as Operation;
  } else {
    const [from, to] = [operation.start, operation.end];
    const by = (fraction(dice) - 0.5) * 8;
    // Not as a second one of the same client at the same time, which would be a pipeline.
    operations[index] = { ...operation, client: 'moved', start: from + by, end: to + by };
  }
  return operations;
}
