import t from 'tap';
import { Gate, type GateHolder, type Held } from '../../../../src/proxy/gate/gate.js';

/** Clients by name; each notes when it was woken and does as it is told. */
function clients(gate: Gate, woken: string[]): (name: string, onWake?: (self: Held) => void) => Held {
  return (name, onWake = () => undefined) => {
    const client: Held = {
      onGateChange: () => {
        woken.push(name);
        onWake(client);
      },
    };
    gate.hold(client);
    return client;
  };
}

await t.test('held clients resume in the order in which they were held', async (t) => {
  const gate = new Gate();
  const woken: string[] = [];
  const held = clients(gate, woken);
  t.equal(gate.holdsWrites, false);
  gate.close('switchover', 'writes');
  t.equal(gate.holdsWrites, true);
  t.equal(gate.holdsAll, false);
  const [, b] = ['a', 'b', 'c', 'd'].map((name) => held(name));
  t.equal(gate.heldCount, 4);
  if (b !== undefined) gate.hold(b);
  t.equal(gate.heldCount, 4, 'who is held already keeps its place');
  t.same(woken, []);
  gate.open('switchover');
  t.same(woken, ['a', 'b', 'c', 'd']);
  t.equal(gate.heldCount, 0);
  t.equal(gate.holdsWrites, false);
});

await t.test('a client that is gone is not woken and does not change the order', async (t) => {
  const gate = new Gate();
  const woken: string[] = [];
  const held = clients(gate, woken);
  gate.close('hand', 'writes');
  held('a');
  const gone = held('gone');
  held('b');
  gate.forget(gone);
  gate.forget(gone);
  t.equal(gate.heldCount, 2);
  gate.open('hand');
  t.same(woken, ['a', 'b']);
});

await t.test('the gate opens when its last holder lets go, and is as strict as the strictest', async (t) => {
  const gate = new Gate();
  const state = (): unknown => [gate.holdsWrites, gate.holdsAll, gate.holders()];
  gate.close('client-pause', 'writes');
  gate.close('no-master', 'all');
  t.same(state(), [true, true, ['client-pause', 'no-master']]);
  gate.close('switchover', 'writes');
  gate.open('no-master');
  t.same(state(), [true, false, ['client-pause', 'switchover']]);
  t.equal(gate.isHeldBy('switchover'), true);
  t.equal(gate.isHeldBy('hand'), false);
  gate.open('client-pause');
  t.same(state(), [true, false, ['switchover']]);
  gate.open('switchover');
  t.same(state(), [false, false, []]);
});

await t.test('who is still held lines up again in the same order', async (t) => {
  const gate = new Gate();
  const woken: string[] = [];
  const held = clients(gate, woken);
  gate.close('switchover', 'writes');
  gate.close('no-master', 'all');
  for (const name of ['a', 'b', 'c']) held(name, (self) => (gate.holdsWrites ? gate.hold(self) : undefined));
  gate.open('no-master');
  t.same(woken, ['a', 'b', 'c'], 'a read would pass now, so everybody looks');
  t.equal(gate.heldCount, 3);
  gate.open('switchover');
  t.same(woken, ['a', 'b', 'c', 'a', 'b', 'c']);
  t.equal(gate.heldCount, 0);
});

await t.test('a client that closes the gate when it resumes holds the ones behind it', async (t) => {
  const gate = new Gate();
  const woken: string[] = [];
  const held = clients(gate, woken);
  const holdAgain = (self: Held): void => {
    if (gate.holdsWrites) gate.hold(self);
  };
  gate.close('switchover', 'writes');
  held('a', () => gate.isHeldBy('client-pause') || gate.close('client-pause', 'writes'));
  held('b', holdAgain);
  held('c', holdAgain);
  gate.open('switchover');
  t.same(woken, ['a', 'b', 'c']);
  t.equal(gate.heldCount, 2);
  gate.open('client-pause');
  t.same(woken, ['a', 'b', 'c', 'b', 'c']);
});

await t.test('each closing has one opening: anything else throws and changes nothing', async (t) => {
  const gate = new Gate();
  const holders: readonly GateHolder[] = ['switchover', 'hand', 'client-pause', 'no-master'];
  for (const holder of holders) {
    t.throws(() => gate.open(holder), /not closed/, `${holder} has not closed it`);
    gate.close(holder, 'writes');
    t.throws(() => gate.close(holder, 'all'), /closed by .* already/, `${holder} has`);
    t.equal(gate.holdsAll, false);
  }
  for (const holder of holders) {
    t.equal(gate.holdsWrites, true);
    gate.open(holder);
    t.throws(() => gate.open(holder), `${holder} opened it`);
  }
  t.equal(gate.holdsWrites, false);
});

await t.test('what the first of many sent may leave before the last has resumed', async (t) => {
  const events: string[] = [];
  const gate = new Gate(() => events.push('leave'));
  gate.close('switchover', 'writes');
  for (let at = 0; at < 100; at++) gate.hold({ onGateChange: () => events.push('resume') });
  gate.open('switchover');
  t.equal(events.filter((event) => event === 'resume').length, 100);
  t.same(
    events.flatMap((event, at) => (event === 'leave' ? [at] : [])),
    [32, 65, 98],
  );
});

await t.test('a client that throws does not leave the others waiting', async (t) => {
  const gate = new Gate();
  const resumed: number[] = [];
  gate.close('switchover', 'writes');
  for (let at = 0; at < 3; at++) {
    gate.hold({
      onGateChange: () => {
        if (at === 0) throw new Error('a defect');
        resumed.push(at);
      },
    });
  }
  t.throws(() => gate.open('switchover'), /a defect/, 'it is not kept quiet');
  t.same(resumed, [1, 2]);
  t.equal(gate.heldCount, 0);
});

await t.test('nor does what throws when a number of them may leave', async (t) => {
  let leavings = 0;
  const gate = new Gate(() => {
    leavings++;
    if (leavings === 1) throw new Error('a defect');
  });
  let resumed = 0;
  gate.close('switchover', 'writes');
  for (let at = 0; at < 100; at++) gate.hold({ onGateChange: () => resumed++ });
  t.throws(() => gate.open('switchover'), /a defect/, 'it is not kept quiet');
  t.equal(resumed, 100);
  t.equal(leavings, 3, 'and the later ones leave in time');
});
