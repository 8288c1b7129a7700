import t from 'tap';
import { masterFacts, replicaFacts } from './readings.js';
import { settle, watch } from './scripted-nodes.js';

const A = 'a:1';
const B = 'b:1';

function watchPair() {
  const watched = watch(masterFacts(A), replicaFacts(B, A));
  watched.monitor.start();
  return watched;
}

void t.test('before anybody was asked there is no master, and it is said why', async (t) => {
  const { monitor } = watch(masterFacts(A));
  t.equal(monitor.master(), null);
  t.match(monitor.problem(), /not been asked/);
});

void t.test('the master is found and told once', async (t) => {
  const { monitor, said, clock } = watchPair();
  await settle();
  t.equal(monitor.master(), A);
  t.equal(monitor.problem(), '');
  t.equal(clock.nextIn(), 500, 'the next round is due after the interval');
  clock.advance(500);
  await settle();
  t.same(said, [['master', A, '']]);
});

void t.test('the views have what the nodes said', async (t) => {
  const { monitor, clock } = watchPair();
  await settle();
  clock.advance(120);
  t.same(monitor.nodes(), [
    {
      node: A,
      up: true,
      role: 'master',
      engine: 'redis',
      version: '7.0.15',
      offset: 1000,
      lag: 0,
      priority: 100,
      problem: '',
      seenMsAgo: 120,
    },
    {
      node: B,
      up: true,
      role: 'replica',
      engine: 'redis',
      version: '7.0.15',
      offset: 990,
      lag: 10,
      priority: 100,
      problem: '',
      seenMsAgo: 120,
    },
  ]);
  t.match(
    [...monitor.roles()],
    [
      [A, { role: 'master' }],
      [B, { role: 'replica' }],
    ],
  );
});

void t.test('a node that is down at the start is waited for, in short intervals', async (t) => {
  const { monitor, node, clock, said } = watch(masterFacts(A), replicaFacts(B, A));
  node(A).fails('unsent', 'connection refused');
  monitor.start();
  await settle();
  t.equal(monitor.master(), null);
  t.same(
    [...monitor.roles()].map(([id, role]) => [id, role?.role ?? null]),
    [
      [A, null],
      [B, 'replica'],
    ],
  );
  t.equal(clock.nextIn(), 100);
  node(A).says(masterFacts(A));
  clock.advance(100);
  await settle();
  t.equal(monitor.master(), A);
  t.same(said, [
    ['problem', A, 'connection refused'],
    ['master', A, ''],
    ['problem', A, ''],
  ]);
});

void t.test('a master that is gone is told, with the reason; its last words stay in the view', async (t) => {
  const { monitor, node, said, log } = watchPair();
  await settle();
  node(A).fails('unsent', 'connection refused');
  await monitor.look();
  t.equal(monitor.master(), null);
  t.match(monitor.problem(), /a:1: connection refused/);
  t.match(said.slice(1), [
    ['master', null, /connection refused/],
    ['problem', A, 'connection refused'],
  ]);
  t.match(monitor.nodes()[0], {
    up: false,
    role: 'unknown',
    version: '7.0.15',
    offset: 1000,
    problem: 'connection refused',
  });
  t.ok(log.lines.some((line) => line.level === 'warn'));
});

void t.test('a picture without a master is looked at twice before it is believed', async (t) => {
  const { monitor, node, said } = watchPair();
  await settle();
  // The first look meets the middle of a failover done by somebody else: two masters.
  node(B).says(masterFacts(B));
  node(A).hangs();
  const looked = monitor.look();
  node(A).answers(masterFacts(A));
  node(A).says(replicaFacts(A, B));
  await looked;
  t.equal(monitor.master(), B);
  t.same(
    said,
    [
      ['master', A, ''],
      ['master', B, ''],
    ],
    'the listener never heard of two masters',
  );
});

void t.test('one silence is forgiven, two are not', async (t) => {
  const { monitor, node } = watchPair();
  await settle();
  node(A).fails('unknown', 'no answer to INFO within 1000 ms');
  await monitor.look();
  t.equal(monitor.master(), A);
  t.equal(monitor.nodes()[0]?.up, true);
  await monitor.look();
  await monitor.look();
  t.equal(monitor.master(), null);
  t.match(monitor.nodes()[0], { up: false, problem: /no answer/ });
});

void t.test('a node that was silent is asked, but not waited for', async (t) => {
  const { monitor, node, said } = watchPair();
  await settle();
  node(B).fails('unknown', 'no answer');
  await monitor.look();
  node(B).hangs();
  node(A).fails('unsent', 'connection refused');
  await monitor.look();
  t.match(said.at(-2), ['master', null, /connection refused/], 'the other one was not held up');
  node(B).answers(masterFacts(B));
  await settle();
  await monitor.look();
  t.equal(monitor.master(), B, 'its late answer counts');
});

void t.test('a master that is busy with a script is still the master', async (t) => {
  const { monitor, node } = watchPair();
  await settle();
  node(A).fails('refused', 'BUSY Redis is busy running a script', 'BUSY');
  for (let i = 0; i < 5; i++) await monitor.look();
  t.equal(monitor.master(), A);
});

void t.test('a node that does not take the credentials is down, and named', async (t) => {
  const { monitor, node } = watchPair();
  node(B).fails('refused', 'WRONGPASS invalid username-password pair', 'WRONGPASS');
  await settle();
  await monitor.look();
  t.match(monitor.nodes()[1], { up: false, problem: 'WRONGPASS invalid username-password pair' });
  t.equal(monitor.master(), A);
});

void t.test('while suspended nothing is asked, and what was asked before is not heard', async (t) => {
  const { monitor, node, clock, said } = watchPair();
  await settle();
  node(A).hangs();
  const looked = monitor.look();
  monitor.suspend();
  node(A).answers(replicaFacts(A, B));
  await looked;
  await settle();
  t.equal(clock.nextIn(), null, 'no round is due');
  await monitor.look();
  t.equal(node(A).asked, 2);
  t.equal(monitor.master(), A);
  t.equal(said.length, 1);
});

void t.test('after a switch the new master is served without being told, and watched from there', async (t) => {
  const { monitor, node, said } = watchPair();
  await settle();
  monitor.suspend();
  node(A).says(replicaFacts(A, B));
  node(B).says(masterFacts(B));
  monitor.resume(B);
  t.equal(monitor.master(), B, 'at once');
  await settle();
  t.equal(monitor.master(), B);
  t.same(said, [['master', A, '']]);
  node(B).fails('unsent', 'connection refused');
  await monitor.look();
  t.match(said[1], ['master', null, /b:1: connection refused/]);
});

void t.test('nodes that fall silent behind a switch are not what they were before it', async (t) => {
  const { monitor, node, said } = watchPair();
  await settle();
  monitor.suspend();
  for (const each of [A, B]) node(each).fails('unknown', 'no answer');
  monitor.resume(B);
  await settle();
  t.equal(monitor.master(), B, 'one silence is a hiccup');
  await monitor.look();
  t.equal(monitor.master(), null);
  t.same(
    said.filter(([kind]) => kind === 'master').map(([, who]) => who),
    [A, null],
  );
});

void t.test('an old master that is not demoted yet does not make two masters, until it was a replica', async (t) => {
  const { monitor, node } = watchPair();
  await settle();
  monitor.suspend();
  node(B).says(masterFacts(B));
  monitor.resume(B, [A]);
  await settle();
  t.equal(monitor.master(), B);
  t.equal(monitor.nodes()[0]?.problem, 'replaced, and not demoted yet');
  node(A).says(replicaFacts(A, B));
  await monitor.look();
  t.equal(monitor.nodes()[0]?.problem, '');
  node(A).says(masterFacts(A));
  await monitor.look();
  t.equal(monitor.master(), null, 'calling itself a master again is news');
});

void t.test('two masters are no news any more when a switch has made a replica of one', async (t) => {
  const { monitor, node, clock } = watchPair();
  await settle();
  node(B).says(masterFacts(B));
  await monitor.look();
  t.same(monitor.masters(), [A, B]);
  monitor.suspend();
  node(A).says(replicaFacts(A, B));
  monitor.resume(B);
  t.same(monitor.masters(), [], 'nobody has been asked since');
  await settle();
  t.same(monitor.masters(), [B]);
  t.equal(clock.nextIn(), 500, 'and that did not take a round of its own');
});

void t.test('an old master that was silent is not taken for one when it has been demoted', async (t) => {
  const { monitor, node, said } = watchPair();
  await settle();
  node(A).fails('unknown', 'no answer');
  await monitor.look();
  monitor.suspend();
  node(A).hangs();
  node(B).says(masterFacts(B));
  monitor.resume(B);
  await settle();
  t.same([monitor.master(), monitor.masters()], [B, [B]], 'it is not waited for, and what it was is over');
  node(A).answers(replicaFacts(A, B));
  await monitor.look();
  t.same(said.slice(1), [
    ['problem', A, 'no answer'],
    ['problem', A, ''],
  ]);
});

void t.test(
  'after a switch that does not know its end, nobody is served until the nodes have been asked',
  async (t) => {
    const { monitor, said } = watchPair();
    await settle();
    monitor.suspend();
    monitor.resume(null);
    t.equal(monitor.master(), null);
    t.match(monitor.problem(), /not known/);
    await settle();
    t.equal(monitor.master(), A);
    t.same(said.at(-1), ['master', A, '']);
  },
);

void t.test('stopped: no more questions, connections closed, nobody left waiting', async (t) => {
  const { monitor, node, clock } = watchPair();
  await settle();
  node(A).hangs();
  const looked = monitor.look();
  monitor.stop();
  await looked;
  t.equal(clock.nextIn(), null);
  t.ok(node(A).closed && node(B).closed);
  monitor.resume(B);
  t.equal(monitor.master(), A, 'and it stays stopped');
});

void t.test('a listener that throws does not end the watch', async (t) => {
  const { monitor, node, clock, said, log } = watchPair();
  said.push = () => {
    throw new Error('no');
  };
  await settle();
  t.ok(log.lines.some((line) => line.level === 'error'));
  t.equal(clock.nextIn(), 500);
  t.equal(monitor.master(), A);
  t.equal(node(A).asked, 1);
});
