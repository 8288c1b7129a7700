import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { Doubt, type Doubtful } from '../../../src/proxy/doubt.js';
import { Gate } from '../../../src/proxy/gate/gate.js';

/** A shard whose nodes answer when a test says so. */
class FakeShard implements Doubtful {
  readonly gate = new Gate();
  master: string | null = 'a:1';
  options = { outageHoldMs: 60_000, now: () => this.now };
  now = 0;
  looks = 0;
  answer: () => void = () => undefined;
  fail: () => void = () => undefined;

  lookAtRoles(): Promise<void> {
    this.looks++;
    return new Promise((resolve, reject) => {
      this.answer = resolve;
      this.fail = () => reject(new Error('nobody can be asked'));
    });
  }
}

// The pauses of a doubt keep no process alive.
const alive = setInterval(() => undefined, 1000);
t.teardown(() => clearInterval(alive));

const settled = (doubt: Doubt): Promise<void> => new Promise((resolve) => doubt.whenSettled(resolve));

await t.test('nothing is sent until the nodes have been asked; those who were refused come first', async (t) => {
  const shard = new FakeShard();
  const doubt = new Doubt(shard);
  const order: string[] = [];
  doubt.whenSettled(() => order.push('no doubt yet'));
  t.same(order.splice(0), ['no doubt yet']);
  doubt.begin();
  t.same(shard.gate.holders(), ['doubt']);
  t.equal(shard.gate.holdsAll, true);
  doubt.whenSettled(() => order.push('refused'));
  shard.gate.hold({ onGateChange: () => order.push('held') });
  const end = settled(doubt);
  await nextTurn();
  t.same(order, []);
  shard.master = 'b:1';
  shard.answer();
  await end;
  t.same(order, ['refused', 'held']);
  t.same(shard.gate.holders(), []);
  t.equal(doubt.isStale, false, 'it was worth asking');
});

await t.test('a refusal while the nodes are being asked asks nobody again', async (t) => {
  const shard = new FakeShard();
  const doubt = new Doubt(shard);
  doubt.begin();
  doubt.begin();
  const ends = [settled(doubt), settled(doubt)];
  doubt.begin();
  t.equal(shard.looks, 1);
  shard.answer();
  await Promise.all(ends);
  t.equal(shard.gate.isHeldBy('doubt'), false);
});

await t.test('when the master is the same, the next doubt is stale for a while', async (t) => {
  const shard = new FakeShard();
  const doubt = new Doubt(shard);
  for (let each = 0; each < 3; each++) {
    doubt.begin();
    t.equal(doubt.isStale, false, 'while it lasts there is a doubt');
    shard.answer();
    await settled(doubt);
    t.equal(doubt.isStale, true);
  }
  shard.now += 1001;
  t.equal(doubt.isStale, false);
});

await t.test('it ends when nobody can be asked, and when nobody answers', async (t) => {
  const shard = new FakeShard();
  const doubt = new Doubt(shard);
  doubt.begin();
  shard.fail();
  await settled(doubt);
  shard.options.outageHoldMs = 1;
  doubt.begin();
  await Promise.all([settled(doubt), new Promise((resolve) => setTimeout(resolve, 1))]);
  t.same(shard.gate.holders(), []);
});

await t.test('who is refused again while the others are told begins a doubt of its own', async (t) => {
  const shard = new FakeShard();
  const doubt = new Doubt(shard);
  const order: number[] = [];
  doubt.begin();
  doubt.whenSettled(() => order.push(1));
  doubt.whenSettled(() => order.push(2));
  shard.master = 'b:1';
  shard.answer();
  await settled(doubt);
  doubt.begin();
  t.equal(shard.looks, 2);
  shard.answer();
  await settled(doubt);
  t.same(order, [1, 2]);
});
