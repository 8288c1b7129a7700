import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { Dialogue } from '../../../src/fleet/dialogue.js';
import { NO_FIGURES } from '../../../src/fleet/figures.js';
import { Members } from '../../../src/fleet/members.js';
import type { Orders, Reports } from '../../../src/fleet/protocol.js';
import { RemoteMember } from '../../../src/fleet/remote-member.js';
import { Watchdog, type WatchTimes } from '../../../src/fleet/watchdog.js';
import { RecordingLog } from '../admin/recording-log.js';
import { pairedChannels } from './paired-channels.js';

/** A member that can stand still. */
function memberOf(members: Members, name: string) {
  const [near, far] = pairedChannels();
  const state = { standsStill: false, asked: 0, ended: 0 };
  const look = () => {
    state.asked++;
    return state.standsStill ? new Promise(() => undefined) : NO_FIGURES;
  };
  new Dialogue<Reports, Orders>(far, { look } as never, () => undefined);
  const end = () => {
    state.ended++;
    return Promise.resolve();
  };
  const ignore = (): void => undefined;
  const member = new RemoteMember(
    { name, channel: near, end },
    {
      ready: ignore,
      held: ignore,
      doubts: () => Promise.resolve(),
      asks: () => Promise.resolve([]),
      took: ignore,
      left: ignore,
      gone: () => members.delete(member),
    },
  );
  members.add(member);
  return Object.assign(state, { member });
}

/** Two members that are watched; their time is moved by hand. */
function world(t: Test, times?: WatchTimes) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const log = new RecordingLog();
  const members = new Members(log);
  const [one, two] = [memberOf(members, '1'), memberOf(members, '2')];
  const watchdog = new Watchdog(members, log, times);
  t.teardown(() => {
    watchdog.stop();
    mock.timers.reset();
  });
  /** In steps: what was asked in one is answered in it. */
  const pass = async (ms: number, stepMs = 100): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      mock.timers.tick(stepMs);
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { log, one, two, watchdog, pass };
}

const endedOnes = (log: RecordingLog): readonly object[] =>
  log.lines.filter(({ message }) => message === 'a worker is ended: it stands still').map(({ fields }) => fields);

t.test('who has not answered ten times in a row, once a second, is ended; the others are not', async (t) => {
  const { log, one, two, pass } = world(t);
  await pass(3000);
  t.same([one.asked, two.asked], [3, 3]);
  one.standsStill = true;
  // The first question that it does not answer is asked after a second, and given up after one more.
  await pass(10_900);
  t.equal(one.ended, 0);
  await pass(100);
  t.equal(one.ended, 1);
  t.equal(two.ended, 0);
  await pass(3000);
  t.equal(one.asked, 14, 'nobody asks it any more');
  t.equal(two.asked, 17);
  t.same(endedOnes(log), [{ worker: '1' }], 'the question that was still open does not count again');
});

t.test('one answer, and it is watched as if it had never been silent', async (t) => {
  const { one, pass } = world(t);
  for (let pause = 0; pause < 3; pause++) {
    one.standsStill = true;
    await pass(9000);
    one.standsStill = false;
    await pass(3000);
  }
  t.equal(one.ended, 0);
  t.same(one.member.figures, NO_FIGURES, 'what it counts is known');
});

t.test('all times can be others', async (t) => {
  const { one, pass } = world(t, { everyMs: 10, answerMs: 30, silencesMax: 3 });
  one.standsStill = true;
  await pass(59, 1);
  t.equal(one.ended, 0);
  await pass(1, 1);
  t.equal(one.ended, 1);
});

t.test('at the end of Holdfast nobody is watched any more', async (t) => {
  const { one, watchdog, pass } = world(t);
  watchdog.stop();
  one.standsStill = true;
  await pass(20_000);
  t.same([one.asked, one.ended], [0, 0]);
});
