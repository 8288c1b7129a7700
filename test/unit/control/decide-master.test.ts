import t from 'tap';
import { decideMaster, type NodeReading } from '../../../src/control/decide-master.js';
import { down, master, replica, unasked } from './readings.js';

function problems(readings: readonly NodeReading[], superseded: readonly string[] = []) {
  const { returned, ...decision } = decideMaster(readings, new Set(superseded));
  const back = returned.length === 0 ? {} : { returned };
  return { ...decision, ...back, nodeProblems: Object.fromEntries(decision.nodeProblems) };
}

void t.test('one master and its replicas: nothing is wrong', async (t) => {
  t.same(problems([master('a:1'), replica('b:1', 'a:1'), replica('c:1', 'a:1')]), {
    master: 'a:1',
    problem: '',
    nodeProblems: {},
  });
});

void t.test('nothing is decided before every node was asked', async (t) => {
  t.match(problems([master('a:1'), unasked('b:1')]), { master: null, problem: 'b:1 not asked yet' });
});

void t.test('two masters are not served, whatever the others say', async (t) => {
  t.same(problems([master('a:1'), master('b:1'), replica('c:1', 'a:1')]), {
    master: null,
    problem: 'more than one node says it is a master: a:1 and b:1',
    nodeProblems: { 'a:1': 'one of several masters', 'b:1': 'one of several masters' },
  });
});

void t.test('a master that a switch has replaced does not count, and is named', async (t) => {
  t.same(problems([master('a:1'), master('b:1'), replica('c:1', 'b:1')], ['a:1']), {
    master: 'b:1',
    problem: '',
    nodeProblems: { 'a:1': 'replaced, and not demoted yet' },
  });
});

void t.test('a node that comes back as a master after a restart does not take the shard from its master', async (t) => {
  const returned = { ...master('a:1', { runId: 'new' }), cameBackAsMaster: true };
  t.same(problems([returned, master('b:1'), replica('c:1', 'b:1')]), {
    master: 'b:1',
    problem: '',
    nodeProblems: { 'a:1': 'came back as a master after a restart, while b:1 is the master of the shard' },
    returned: ['a:1'],
  });
  t.match(problems([returned, replica('b:1', 'a:1')]), { master: 'a:1' }, 'alone it is the master');
  const both = { ...master('b:1'), cameBackAsMaster: true };
  t.match(problems([returned, both]), { master: null }, 'of two that came back nobody knows which');
});

void t.test('a node that comes back as a master does not take the place of a silent one', async (t) => {
  const returned = { ...master('a:1', { runId: 'new' }), cameBackAsMaster: true };
  const decide = (readings: readonly NodeReading[], last: string | null) =>
    decideMaster(readings, new Set(), null, null, last);
  const problem = 'a:1 came back as a master after a restart, and b:1, the master before, does not answer';
  t.match(decide([returned, down('b:1', 'no answer')], 'b:1'), { master: null, problem, returned: [] });
  t.match(decide([returned, down('b:1', 'no answer')], 'a:1'), { master: 'a:1' }, 'it was the master itself');
  t.match(decide([returned, replica('b:1', 'a:1')], 'b:1'), { master: 'a:1' }, 'the other one follows it');
  t.match(decide([master('a:1'), down('b:1', 'no answer')], 'b:1'), { master: 'a:1' }, 'somebody has promoted it');
});

void t.test(
  'a former master that wakes up does not take the shard from the one that was promoted out of its stream',
  async (t) => {
    const [former, successor] = [master('a:1', { replId: 'x' }), master('b:1', { replId: 'y', replId2: 'x' })];
    const decide = (served: string | null) => decideMaster([former, successor], new Set(), null, served);
    t.match(decide('b:1'), { master: 'b:1', returned: ['a:1'] });
    t.match(
      decide('a:1'),
      { master: null, returned: [] },
      'somebody has just promoted it, and will demote the other one',
    );
    t.match(decide(null), { master: null, returned: [] });
  },
);

void t.test('two that were promoted out of the same stream are two masters', async (t) => {
  const [one, other] = [master('a:1', { replId: 'z', replId2: 'x' }), master('b:1', { replId: 'y', replId2: 'x' })];
  t.match(decideMaster([one, other], new Set(), null, 'b:1'), { master: null, returned: [] });
});

void t.test('no master: the nodes that might be one are named', async (t) => {
  t.same(problems([down('a:1', 'connection refused'), replica('b:1', 'a:1')]), {
    master: null,
    problem: 'no node that answers is a master (a:1: connection refused)',
    nodeProblems: { 'a:1': 'connection refused' },
  });
  t.match(problems([replica('a:1', 'b:1'), replica('b:1', 'a:1')]), { problem: 'no node says it is a master' });
});

void t.test('a master that loads its data set is not served yet', async (t) => {
  t.same(problems([master('a:1', { loading: true }), replica('b:1', 'a:1', { linkUp: false })]), {
    master: null,
    problem: 'the master a:1 is loading its data set',
    nodeProblems: { 'a:1': 'loading', 'b:1': 'its link to a:1 is down' },
  });
});

void t.test('a replica that is down does not stop the master from being served', async (t) => {
  t.same(problems([master('a:1'), down('b:1', 'WRONGPASS invalid username-password pair')]), {
    master: 'a:1',
    problem: '',
    nodeProblems: { 'b:1': 'WRONGPASS invalid username-password pair' },
  });
});

void t.test('what is wrong with a replica is named', async (t) => {
  const wrong = (reading: NodeReading) =>
    problems([master('a:1'), reading, replica('z:1', 'a:1')]).nodeProblems['b:1'] ?? '';
  t.equal(wrong(replica('b:1', 'a:1', { loading: true })), 'loading');
  t.equal(wrong(replica('b:1', 'a:1', { syncing: true, linkUp: false })), 'in a full synchronisation');
  t.equal(wrong(replica('b:1', 'a:1', { linkUp: false })), 'its link to a:1 is down');
  t.equal(wrong(replica('b:1', 'x:9', { replId: 'other' })), 'not in this shard: it follows x:9');
  t.equal(wrong(replica('b:1', 'z:1')), 'follows z:1, which is not the master');
});

void t.test('a master under another name is known by its stream, or by its port while the link is down', async (t) => {
  const wrong = (reading: NodeReading) => problems([master('a:1'), reading]).nodeProblems['b:1'] ?? '';
  t.equal(wrong(replica('b:1', '10.0.0.1:1', { replId: 'stream' })), '');
  t.equal(wrong(replica('b:1', '10.0.0.1:1', { replId: 'other' })), 'not in this shard: it follows 10.0.0.1:1');
  t.equal(wrong(replica('b:1', '10.0.0.1:1', { replId: 'other', linkUp: false })), 'its link to 10.0.0.1:1 is down');
  t.equal(wrong(replica('b:1', '10.0.0.1:2', { linkUp: false })), 'not in this shard: it follows 10.0.0.1:2');
});

void t.test(
  'where somebody owns the roles, the master is the node that he names and that says so itself',
  async (t) => {
    const old = master('a:1');
    const promoted = master('b:1');
    const decide = (readings: readonly NodeReading[], named: string) =>
      decideMaster(readings, new Set(), { master: named });

    const decision = decide([old, promoted], 'b:1');
    t.match(decision, { master: 'b:1', problem: '' });
    t.same([...decision.nodeProblems], [['a:1', 'says that it is a master, and is not named as one']]);

    t.match(decide([old, replica('b:1', 'a:1')], 'b:1'), {
      master: null,
      problem: 'b:1, which is named as the master, says that it is a replica',
    });
    t.match(decide([old, down('b:1', 'connection refused')], 'b:1'), {
      master: null,
      problem: 'b:1, which is named as the master, does not answer: connection refused',
    });
    t.match(decideMaster([old], new Set(), { master: null, problem: 'nobody answers' }), {
      master: null,
      problem: 'nobody answers',
    });
  },
);
