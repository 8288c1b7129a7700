import t from 'tap';
import { Gate, type Held } from '../../../../src/proxy/gate/gate.js';
import { GatePass } from '../../../../src/proxy/gate/gate-pass.js';
import type { Shard } from '../../../../src/proxy/shard.js';
import { TrafficStats } from '../../../../src/proxy/traffic-stats.js';
import { SeededRandom } from '../../resp/seeded-random.js';

/** What a pass needs of a shard, with time that is moved by hand. */
function world() {
  const gate = new Gate();
  const stats = new TrafficStats();
  const clock = { now: 1000 };
  const observed: (readonly [number, string])[] = [];
  stats.observeHeld = (waitMs, result) => observed.push([waitMs, result]);
  const shard = { gate, stats, options: { now: () => clock.now } } as unknown as Shard;
  const pass = (onGateChange: () => void = () => undefined): { readonly pass: GatePass; readonly client: Held } => {
    const client = { onGateChange };
    return { pass: new GatePass(shard, client), client };
  };
  return { gate, stats, clock, observed, pass };
}

await t.test('an open gate lets everything pass and counts nothing', async (t) => {
  const { stats, pass, observed } = world();
  const { pass: mine } = pass();
  t.equal(mine.tryPass(true), true);
  t.equal(mine.tryPass(false), true);
  t.same(stats.held, { released: 0, failed: 0, waiting: 0, bytes: 0 });
  t.same(observed, []);
  t.equal(mine.heldMs, 0);
});

await t.test('a held command is counted once and timed until it is released', async (t) => {
  const { gate, stats, clock, observed, pass } = world();
  const { pass: mine } = pass();
  gate.close('switchover', 'writes');
  t.equal(mine.tryPass(false), true, 'reads pass');
  t.equal(mine.tryPass(true), false);
  t.equal(mine.holding, true);
  t.equal(gate.heldCount, 1);
  clock.now += 2;
  t.equal(mine.tryPass(true), false, 'it looks again, and is still held');
  t.equal(stats.held.waiting, 1);
  clock.now += 3;
  t.equal(mine.heldMs, 5);
  gate.open('switchover');
  t.equal(mine.tryPass(true), true);
  t.same(observed, [[5, 'released']]);
  t.same(stats.held, { released: 1, failed: 0, waiting: 0, bytes: 0 });
  t.equal(mine.holding, false);
  t.equal(mine.tryPass(true), true);
  t.equal(observed.length, 1, 'the next command is another one');
});

await t.test('a gate that holds all holds reads', async (t) => {
  const { gate, pass } = world();
  gate.close('no-master', 'all');
  t.equal(pass().pass.tryPass(false), false);
});

await t.test('who goes away, or is told no, has failed', async (t) => {
  const { gate, stats, observed, clock, pass } = world();
  gate.close('switchover', 'writes');
  const [gone, refused, idle] = [pass(), pass(), pass()];
  t.equal(gone.pass.tryPass(true), false);
  t.equal(refused.pass.tryPass(true), false);
  clock.now += 7;
  gone.pass.leave();
  refused.pass.end('failed');
  idle.pass.leave();
  gone.pass.leave();
  t.same(observed, [
    [7, 'failed'],
    [7, 'failed'],
  ]);
  t.same(stats.held, { released: 0, failed: 2, waiting: 0, bytes: 0 });
  t.equal(gate.heldCount, 1, 'who left stands in no line');
});

await t.test('held = released + failed + waiting, whatever happens', async (t) => {
  const random = new SeededRandom(16);
  const { gate, stats, clock, observed, pass } = world();
  const passes = Array.from({ length: 20 }, () => {
    const { pass: mine } = pass(() => attempt(mine, true));
    return mine;
  });
  let held = 0;
  const attempt = (mine: GatePass, write: boolean): void => {
    const before = mine.holding;
    if (!mine.tryPass(write) && !before) held++;
  };
  for (let step = 0; step < 20_000; step++) {
    clock.now += random.below(3);
    const mine = random.pick(passes);
    switch (random.below(12)) {
      case 0:
        if (gate.isHeldBy('switchover')) gate.open('switchover');
        else gate.close('switchover', 'writes');
        break;
      case 1:
        if (gate.isHeldBy('hand')) gate.open('hand');
        else gate.close('hand', 'all');
        break;
      case 2:
        mine.leave();
        break;
      case 3:
        mine.end('failed');
        break;
      default:
        attempt(mine, random.below(2) === 0);
    }
    const waiting = passes.filter((each) => each.holding).length;
    const { released, failed } = stats.held;
    if (
      stats.held.waiting !== waiting ||
      released + failed + waiting !== held ||
      observed.length !== released + failed
    ) {
      t.fail(`step ${step}: held ${held}, waiting ${waiting}: ${JSON.stringify(stats.held)}`);
      return;
    }
  }
  t.ok(stats.held.released > 500 && stats.held.failed > 500, JSON.stringify(stats.held));
});
