import { mock } from 'node:test';
import t from 'tap';
import { ClientPause } from '../../../../src/proxy/gate/client-pause.js';
import { Gate } from '../../../../src/proxy/gate/gate.js';

/** A pause whose time is moved by hand. */
function world() {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const gate = new Gate();
  let woken = 0;
  const client = {
    onGateChange: () => {
      woken++;
      if (gate.holdsWrites) gate.hold(client);
    },
  };
  const pause = new ClientPause(gate, () => Date.now());
  const state = (): string => (gate.holdsAll ? 'all' : gate.holdsWrites ? 'writes' : 'open');
  return { gate, pause, client, state, pass: (ms: number) => mock.timers.tick(ms), woken: () => woken };
}

t.afterEach(() => mock.timers.reset());

await t.test('a pause ends by itself', async (t) => {
  const { gate, pause, state, pass, client, woken } = world();
  pause.begin(100, 'writes');
  gate.hold(client);
  t.equal(state(), 'writes');
  pass(99);
  t.equal(state(), 'writes');
  t.equal(woken(), 0);
  pass(1);
  t.equal(state(), 'open');
  t.equal(woken(), 1, 'and lets go whom it held');
  pass(1000);
  pause.begin(10, 'all');
  t.equal(state(), 'all');
  pass(10);
  t.equal(state(), 'open');
});

await t.test('of two pauses the later end wins', async (t) => {
  const { pause, state, pass } = world();
  pause.begin(100, 'writes');
  pause.begin(10, 'writes');
  pass(99);
  t.equal(state(), 'writes', 'a shorter one shortens nothing');
  pause.begin(50, 'writes');
  pass(49);
  t.equal(state(), 'writes', 'a longer one prolongs it');
  pass(1);
  t.equal(state(), 'open');
});

await t.test('of two pauses the stricter mode wins', async (t) => {
  const { pause, state, pass } = world();
  pause.begin(100, 'writes');
  pause.begin(10, 'all');
  t.equal(state(), 'all');
  pause.begin(10, 'writes');
  t.equal(state(), 'all');
  pass(100);
  t.equal(state(), 'open');
});

await t.test('UNPAUSE ends all of them, once', async (t) => {
  const { gate, pause, state, pass, client, woken } = world();
  pause.end();
  t.equal(state(), 'open', 'ending nothing is no error');
  pause.begin(100, 'all');
  pause.begin(200, 'writes');
  gate.hold(client);
  pause.end();
  t.equal(state(), 'open');
  t.equal(woken(), 1);
  pause.end();
  pass(1000);
  t.equal(state(), 'open', 'the timer is gone too: nothing opens twice');
});

await t.test('it is one holder among others', async (t) => {
  const { gate, pause, state, pass } = world();
  gate.close('switchover', 'writes');
  pause.begin(100, 'all');
  pass(100);
  t.equal(state(), 'writes');
  gate.open('switchover');
  t.equal(state(), 'open');
});

await t.test('a pause may be longer than a timer of Node.js can be', async (t) => {
  const { pause, state, pass } = world();
  const days = 86_400_000;
  pause.begin(100 * days, 'writes');
  pass(1000);
  t.equal(state(), 'writes');
  pass(99 * days);
  t.equal(state(), 'writes');
  pass(days);
  t.equal(state(), 'open');
});

await t.test('a pause that becomes stricter lets nobody through in between', async (t) => {
  const { gate, pause, state, client, woken } = world();
  pause.begin(100, 'writes');
  gate.hold(client);
  pause.begin(50, 'all');
  t.equal(state(), 'all');
  t.equal(woken(), 0);
  pause.end();
  t.equal(state(), 'open');
  t.equal(woken(), 1);
});
