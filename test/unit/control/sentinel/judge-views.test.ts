import t from 'tap';
import { highestEpoch, judgeViews } from '../../../../src/control/sentinel/judge-views.js';
import type { SentinelView } from '../../../../src/control/sentinel/sentinel-view.js';

let sentinels = 0;

function view(master: string, configEpoch: number, more: Partial<SentinelView> = {}): SentinelView {
  sentinels += 1;
  return {
    sentinel: `s${sentinels}:1`,
    master,
    configEpoch,
    failingOver: false,
    undecided: false,
    masterDown: false,
    ...more,
  };
}

void t.test('all name the same', async (t) => {
  t.same(judgeViews([view('a:1', 3), view('a:1', 3)], null), { master: 'a:1' });
});

void t.test('of Sentinels that disagree, the higher configuration epoch is right', async (t) => {
  const views = [view('a:1', 3), view('b:1', 4), view('a:1', 3)];
  t.equal(highestEpoch(views), 4);
  t.same(judgeViews(views, null), { master: 'b:1' });
});

void t.test('nobody has answered', async (t) => {
  t.equal(highestEpoch([]), -1);
  t.match(judgeViews([], null), { master: null, problem: 'no Sentinel has answered yet' });
});

void t.test('two names with one epoch: nobody knows', async (t) => {
  t.match(judgeViews([view('a:1', 0), view('b:1', 0)], null), {
    master: null,
    problem: /^s\d+:1 names a:1, and s\d+:1 b:1$/,
  });
});

void t.test('a master that is being replaced is not the master', async (t) => {
  const moving = { failingOver: true, undecided: true };
  t.match(judgeViews([view('a:1', 3), view('a:1', 3, moving)], null), { master: null, problem: /is replacing a:1/ });
});

void t.test('a failover of which the promotion is known has a new master', async (t) => {
  t.same(judgeViews([view('a:1', 3), view('b:1', 4, { failingOver: true })], null), { master: 'b:1' });
});

void t.test('a promotion of our own counts until the Sentinels know of it, or of a later one', async (t) => {
  const own = { node: 'b:1', aboveEpoch: 3 };
  const moving = { failingOver: true, undecided: true };
  t.same(judgeViews([view('a:1', 3), view('a:1', 3, moving)], own), { master: 'b:1' });
  t.same(judgeViews([view('a:1', 3), view('c:1', 5)], own), { master: 'c:1' });
});
