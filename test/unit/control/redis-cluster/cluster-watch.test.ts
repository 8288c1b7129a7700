import t from 'tap';
import { ClusterWatch, type WatchedNode } from '../../../../src/control/redis-cluster/cluster-watch.js';
import { Elections } from '../../../../src/control/redis-cluster/elections.js';
import type { Reply } from '../../../../src/control/node-link.js';
import { NodeError } from '../../../../src/switchover/ports.js';
import { ManualClock } from '../manual-clock.js';

const [A, B, C] = ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3'];

/** A node that says what the test tells it to; `null`: nothing. */
class ScriptedNode implements WatchedNode {
  readonly id: string;
  isClosed = false;
  lines: readonly string[] | null = null;

  constructor(id: string, lines: readonly string[] | null = null) {
    this.id = id;
    this.lines = lines;
  }

  ask(): Promise<readonly (Reply | NodeError)[]> {
    if (this.lines === null) return Promise.reject(new NodeError(this.id, 'unsent', 'connection refused'));
    const info = 'cluster_state:ok\r\ncluster_stats_messages_auth-req_sent:4\r\n';
    return Promise.resolve([`id${this.id.slice(-1)}`, info, this.lines.join('\n'), ['cluster-node-timeout', '1000']]);
  }

  close(): void {
    this.isClosed = true;
  }
}

const master = (node: number, epoch: number, slots = ' 0-100'): string =>
  `id${node} 10.0.0.${node}:7000@17000,host master - 0 0 ${epoch} connected${slots}`;
const replica = (node: number, of: number, epoch = 0): string =>
  `id${node} 10.0.0.${node}:7000@17000 slave,fail? id${of} 0 0 ${epoch} connected`;

async function watch(...nodes: readonly ScriptedNode[]) {
  const clock = new ManualClock();
  const elections = new Elections();
  const source = new ClusterWatch(nodes, elections, clock);
  t.teardown(() => source.stop());
  await source.ask(100);
  return { source, clock, elections };
}

void t.test('the master is the one that the nodes name, by the address of the configuration', async (t) => {
  const lines = [master(1, 3), replica(2, 1), master(9, 8, ' 101-200')];
  const { source } = await watch(new ScriptedNode(A, lines), new ScriptedNode(B, lines));
  t.same(source.naming(), { master: A });
});

void t.test('of two that call themselves masters, the higher epoch is right', async (t) => {
  const cutOff = new ScriptedNode(A, [master(1, 3), replica(2, 1)]);
  const elected = new ScriptedNode(B, [replica(1, 2), master(2, 4)]);
  const { source, clock, elections } = await watch(cutOff, new ScriptedNode(B, [master(1, 3), replica(2, 1)]));
  t.same(source.naming(), { master: A });
  t.same((await watch(cutOff, elected)).source.naming(), { master: B });
  t.same((await watch(elected, cutOff)).source.naming(), { master: B });
  const follower = new ScriptedNode(C, [replica(1, 2), master(2, 4), replica(3, 2)]);
  t.same((await watch(cutOff, new ScriptedNode(B), follower)).source.naming(), {
    master: null,
    problem: 'the cluster names 10.0.0.2:7000, which has not answered yet or is none of the configured nodes',
  });
  t.equal(elections.untilVotedAboutMs(A, 1000, clock.now()), 0);
});

void t.test('a master that is gone is named until another one is elected', async (t) => {
  const [old, next] = [
    new ScriptedNode(A, [master(1, 3), replica(2, 1)]),
    new ScriptedNode(B, [master(1, 3), replica(2, 1)]),
  ];
  const { source, clock, elections } = await watch(old, next);
  old.lines = null;
  clock.advance(500);
  await source.ask(100);
  t.same(source.naming(), { master: A }, 'and as it does not answer, nobody is served');
  next.lines = [master(2, 4), `id1 10.0.0.1:7000@17000 master,fail - 0 0 3 connected`];
  await source.ask(100);
  t.same(source.naming(), { master: B });
  t.equal(elections.untilVotedAboutMs(A, 1000, clock.now()), 2000, 'the others have just voted');
  source.stop();
  t.ok(old.isClosed);
});

void t.test('nodes of different shards are no shard', async (t) => {
  const lines = [master(1, 3), master(2, 4, ' 101-200'), replica(3, 2)];
  t.match((await watch(new ScriptedNode(A, lines), new ScriptedNode(C, lines))).source.naming(), {
    master: null,
    problem: /^10\.0\.0\.2:7000 and 10\.0\.0\.1:7000 are masters of different shards$/,
  });
  const nobody = await watch(new ScriptedNode(A));
  t.match(nobody.source.naming(), { master: null, problem: /^nobody names a master: .*connection refused/ });
});
