import t from 'tap';
import type { NodeView } from '../../../src/admin/ports.js';
import { FailoverWatch } from '../../../src/cli/failover-watch.js';
import type { SwitchoverReport, SwitchoverRequest, SwitchoverStatus } from '../../../src/switchover/ports.js';
import { ManualClock } from '../control/manual-clock.js';
import { recordingLogger } from '../control/recording-logger.js';

const A = '127.0.0.1:7001';
const B = '127.0.0.1:7002';
const DOWN_AFTER_MS = 1_000;
const LATE_MS = 300;

const REPLICA: NodeView = {
  node: B,
  up: true,
  role: 'replica',
  engine: 'redis',
  version: '7.0.15',
  offset: 1,
  lag: 0,
  priority: 100,
  problem: '',
  seenMsAgo: 0,
};

/** A watch whose surroundings are told what to say. */
class Scene {
  readonly clock = new ManualClock();
  readonly log = recordingLogger();
  readonly requests: SwitchoverRequest[] = [];
  master: string | null = null;
  silentSince: number | null = 0;
  state = 'serving';
  nodes: NodeView[] = [REPLICA];
  outcome: Pick<SwitchoverReport, 'outcome' | 'reason'> = { outcome: 'refused', reason: 'master-heard' };
  readonly watch: FailoverWatch;

  constructor() {
    this.watch = new FailoverWatch({
      switchover: {
        status: () => ({ state: this.state }) as SwitchoverStatus,
        switchover: (request) => {
          this.requests.push(request);
          return Promise.resolve({ ...this.outcome, sentence: 'so it is' } as SwitchoverReport);
        },
      },
      seen: {
        master: () => this.master,
        lastMaster: () => ({ node: A, facts: null, seenAt: null, silentSince: this.silentSince }),
        nodes: () => this.nodes,
      },
      clock: this.clock,
      log: this.log,
      downAfterMs: DOWN_AFTER_MS,
      lateMs: LATE_MS,
    });
    this.watch.start();
  }

  /** Lets time pass, with every look on time. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      this.clock.advance(100);
      await new Promise(setImmediate);
    }
  }
}

await t.test('a master that is silent for long enough is replaced, once', async (t) => {
  const scene = new Scene();
  scene.outcome = { outcome: 'switched', reason: '' };
  await scene.pass(DOWN_AFTER_MS - 100);
  t.same(scene.requests, []);
  await scene.pass(100);
  t.same(scene.requests, [{ unplanned: true, deposed: false }]);
  scene.master = B;
  scene.silentSince = null;
  await scene.pass(10_000);
  t.equal(scene.requests.length, 1);
  t.equal(scene.watch.problem(), '');
});

await t.test('any word of it begins the silence anew', async (t) => {
  const scene = new Scene();
  await scene.pass(DOWN_AFTER_MS - 100);
  scene.silentSince = null;
  await scene.pass(1_000);
  scene.silentSince = scene.clock.now();
  await scene.pass(DOWN_AFTER_MS - 100);
  t.same(scene.requests, []);
});

await t.test('a process that stood still has not heard anything', async (t) => {
  const scene = new Scene();
  await scene.pass(500);
  // The timers that are due ring late: nobody was there.
  scene.clock.advance(DOWN_AFTER_MS);
  await scene.pass(DOWN_AFTER_MS - 200);
  t.same(scene.requests, []);
  await scene.pass(200);
  t.equal(scene.requests.length, 1);
});

await t.test('nobody to promote: nothing is asked for', async (t) => {
  for (const nodes of [[], [{ ...REPLICA, up: false }], [{ ...REPLICA, role: 'unknown' as const }]]) {
    const scene = new Scene();
    scene.nodes = nodes;
    await scene.pass(10_000);
    t.same(scene.requests, []);
  }
});

await t.test('a served master is not replaced, whatever the probes say', async (t) => {
  const scene = new Scene();
  scene.master = A;
  await scene.pass(10_000);
  t.same(scene.requests, []);
});

await t.test('what is refused is tried ever more rarely, and at once when the picture changes', async (t) => {
  const scene = new Scene();
  await scene.pass(100_000);
  const often = scene.requests.length;
  t.ok(often > 3 && often < 9, String(often));
  t.match(scene.watch.problem(), /^refused master-heard: so it is/);
  scene.nodes = [{ ...REPLICA, priority: 1 }];
  await scene.pass(100);
  t.equal(scene.requests.length, often + 1);
  scene.master = A;
  t.equal(scene.watch.problem(), '');
});

await t.test('promotions that come to nothing are bounded, until a master is served', async (t) => {
  const scene = new Scene();
  scene.outcome = { outcome: 'aborted', reason: 'promotion-refused' };
  await scene.pass(100_000);
  t.equal(scene.requests.length, 5);
  t.ok(scene.log.lines.some((line) => JSON.stringify(line).includes('a person has to promote')));
  scene.master = A;
  await scene.pass(100);
  scene.master = null;
  scene.silentSince = scene.clock.now();
  await scene.pass(DOWN_AFTER_MS + 100);
  t.ok(scene.requests.length > 5);
});

await t.test('an unresolved failover of its own is followed by the next', async (t) => {
  const scene = new Scene();
  scene.outcome = { outcome: 'unresolved', reason: 'roles-unknown' };
  await scene.pass(DOWN_AFTER_MS);
  t.equal(scene.requests.length, 1);
  // Nobody is probed while a promotion is unresolved.
  scene.silentSince = null;
  scene.state = 'unresolved';
  await scene.pass(100);
  t.equal(scene.requests.length, 2);
});

await t.test('the unresolved switchover of somebody else is not touched', async (t) => {
  const scene = new Scene();
  scene.silentSince = null;
  scene.state = 'unresolved';
  await scene.pass(10_000);
  t.same(scene.requests, []);
});

await t.test('all answer, and nobody is a master', async (t) => {
  const scene = new Scene();
  scene.silentSince = null;
  scene.nodes = [{ ...REPLICA, node: A }, REPLICA];
  await scene.pass(DOWN_AFTER_MS - 100);
  scene.nodes = [
    { ...REPLICA, node: A },
    { ...REPLICA, role: 'master' },
  ];
  await scene.pass(100);
  scene.nodes = [{ ...REPLICA, node: A }, REPLICA];
  await scene.pass(DOWN_AFTER_MS);
  t.same(scene.requests, [], 'one of them was, in between');
  await scene.pass(100);
  t.same(scene.requests, [{ unplanned: true, deposed: true }]);
});

await t.test('the end', async (t) => {
  const scene = new Scene();
  scene.watch.stop();
  await scene.pass(10_000);
  t.same(scene.requests, []);
});
