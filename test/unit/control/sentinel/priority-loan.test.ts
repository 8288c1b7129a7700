import t, { type Test } from 'tap';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PREFERRED_PRIORITY, PriorityLoan } from '../../../../src/control/sentinel/priority-loan.js';
import { until } from '../../../support/until.js';
import { ManualClock } from '../manual-clock.js';
import { recordingLogger } from '../recording-logger.js';

/** A node that can be made to refuse. */
class PriorityNodeDouble {
  readonly id: string;
  readonly calls: string[] = [];
  isDown = false;

  constructor(id: string) {
    this.id = id;
  }

  setPriority(priority: number): Promise<void> {
    if (this.isDown) return Promise.reject(new Error('connection refused'));
    this.calls.push(`priority ${priority}`);
    return Promise.resolve();
  }

  persist(): Promise<string> {
    this.calls.push('persist');
    return Promise.resolve('');
  }
}

function setUp(t: Test) {
  const path = join(t.testdir(), 'priority.json');
  const clock = new ManualClock();
  const log = recordingLogger();
  const [a, b] = [new PriorityNodeDouble('a:1'), new PriorityNodeDouble('b:1')];
  const node = (id: string) => [a, b].find((each) => each.id === id);
  /** As another process would find it. */
  const loanOf = () => new PriorityLoan({ node, path, clock, log, timeoutMs: 10 });
  return { path, clock, log, a, b, loanOf, loan: loanOf() };
}

void t.test('noted before it is taken, and put back', async (t) => {
  const { loan, a, path } = setUp(t);
  await loan.take('a:1', 100);
  t.ok(loan.isOn('a:1'));
  t.same(JSON.parse(readFileSync(path, 'utf8')), { node: 'a:1', priority: 100 });
  t.ok(await loan.giveBack());
  t.same(a.calls, [`priority ${PREFERRED_PRIORITY}`, 'priority 100']);
  t.notOk(loan.isOn('a:1'));
  t.notOk(existsSync(path));
  t.ok(await loan.giveBack(), 'once');
  t.equal(a.calls.length, 2);
});

void t.test('Sentinel wrote the file of the node that it promoted: it is written again', async (t) => {
  const { loan, a } = setUp(t);
  await loan.take('a:1', 100);
  loan.promoting();
  await loan.giveBack();
  t.same(a.calls.slice(1), ['priority 100', 'persist']);
});

void t.test('a node that is down gets it back when it is up', async (t) => {
  const { loan, a, clock, path, log } = setUp(t);
  await loan.take('a:1', 100);
  a.isDown = true;
  t.notOk(await loan.giveBack());
  t.match(log.lines.at(-1), { level: 'warn', fields: { node: 'a:1', priority: 100 } });
  t.ok(existsSync(path));
  a.isDown = false;
  clock.advance(1_000);
  await until('it is put back', () => !existsSync(path));
  t.equal(a.calls.at(-1), 'priority 100');
});

void t.test('an earlier process left one', async (t) => {
  const { loan, a, loanOf, path } = setUp(t);
  await loan.take('a:1', 100);
  const next = loanOf();
  await next.recover();
  t.equal(a.calls.includes('priority 100'), true);
  t.notOk(existsSync(path));
  await loanOf().recover();
  t.equal(a.calls.filter((call) => call === 'priority 100').length, 1, 'nothing is left');
});

void t.test('a note that can not be read is told, and changes nothing', async (t) => {
  const { loan, log, path, a } = setUp(t);
  writeFileSync(path, '{"node": 7}');
  await loan.recover();
  t.match(log.lines, [{ level: 'error', fields: { path } }]);
  t.same(a.calls, []);
});

void t.test('one at a time', async (t) => {
  const { loan, a, b } = setUp(t);
  await loan.take('a:1', 100);
  await loan.take('b:1', 50);
  t.equal(a.calls.at(-1), 'priority 100', 'the first is put back before');
  b.isDown = true;
  await t.rejects(loan.take('a:1', 100), /replica-priority of b:1 could not be put back yet/);
  t.equal(a.calls.at(-1), 'priority 100');
});

void t.test('a node that is not of this shard any more', async (t) => {
  const { loanOf, log, path } = setUp(t);
  writeFileSync(path, JSON.stringify({ node: 'z:1', priority: 100 }));
  await loanOf().recover();
  t.match(log.lines, [{ level: 'warn', fields: { node: 'z:1' } }]);
  t.ok(existsSync(path));
});
