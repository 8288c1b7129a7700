import t, { type Test } from 'tap';
import { ControlNode } from '../../../src/control/control-node.js';
import { RawClient } from '../../support/raw-client.js';
import { startShard } from '../../support/shard.js';

const PATIENCE_MS = 10_000;
const SHORT_MS = 20;

async function startFrozenCandidate(t: Test) {
  const shard = await startShard({ replicas: 1 });
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('a shard of two has a replica');
  const node = new ControlNode(replica.id);
  t.teardown(() => shard.dispose());
  t.teardown(() => node.close());
  await node.connect(PATIENCE_MS);
  await replica.freeze();
  await t.rejects(node.promote(SHORT_MS), { name: 'NodeError', kind: 'unknown' });
  return { replica, node };
}

void t.test('the role is asked behind the promotion while its connection lives', async (t) => {
  const { replica, node } = await startFrozenCandidate(t);
  const role = node.role(PATIENCE_MS);
  replica.resume();
  t.match(await role, { role: 'master' });
});

void t.test('on a new connection the role is asked after the old one was ended on the server', async (t) => {
  const { replica, node } = await startFrozenCandidate(t);
  await t.rejects(
    node.role(SHORT_MS),
    { name: 'NodeError', kind: 'unknown' },
    'the second silence: the connection is given up',
  );
  await t.rejects(
    node.role(SHORT_MS),
    { name: 'NodeError', kind: 'unsent' },
    'no role is made up while nothing can be asked',
  );
  replica.resume();
  const { role } = await node.role(PATIENCE_MS);
  const commands = String(await replica.send('INFO', 'commandstats'));
  t.match(commands, /cmdstat_client\|kill:calls=1,/, 'the connection of the promotion was ended');
  const again = await node.role(PATIENCE_MS);
  t.equal(again.role, role, 'and nothing changes any more');
  t.equal(role, commands.includes('cmdstat_replicaof:calls=2') ? 'master' : 'replica', 'the role is the truth');
  t.match(String(await replica.send('INFO', 'commandstats')), /client\|kill:calls=1,/, 'it is ended once');
});

void t.test('a candidate that died with the promotion comes back as it is, and says so', async (t) => {
  const { replica, node } = await startFrozenCandidate(t);
  await replica.restart();
  t.match(await node.role(PATIENCE_MS), { role: 'replica' });
});

void t.test('without the right to end connections nothing is proven, and no role is given', async (t) => {
  const shard = await startShard({ replicas: 1, users: ['proxy on >secret ~* &* +@all -client|kill'] });
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('a shard of two has a replica');
  const node = new ControlNode(replica.id, { username: 'proxy', password: 'secret' });
  t.teardown(() => shard.dispose());
  t.teardown(() => node.close());
  await node.connect(PATIENCE_MS);
  await replica.freeze();
  await t.rejects(node.promote(SHORT_MS), { name: 'NodeError', kind: 'unknown' });
  await t.rejects(node.role(SHORT_MS), { name: 'NodeError', kind: 'unknown' });
  replica.resume();
  await t.rejects(node.role(PATIENCE_MS), { name: 'NodeError', kind: 'refused', code: 'NOPERM' });
});

void t.test('a stranger who got the number of the old connection from a restarted server is left alone', async (t) => {
  const shard = await startShard({ replicas: 1 });
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('a shard of two has a replica');
  const node = new ControlNode(replica.id);
  t.teardown(() => shard.dispose());
  t.teardown(() => node.close());
  await node.connect(PATIENCE_MS);
  const list = String(await replica.send('CLIENT', 'LIST'));
  const number = /^id=(\d+) .* name=holdfast /m.exec(list)?.[1];
  await replica.freeze();
  await t.rejects(node.promote(SHORT_MS), { name: 'NodeError', kind: 'unknown' });
  await replica.restart();

  const strangers: RawClient[] = [];
  t.teardown(() => strangers.forEach((stranger) => stranger.close()));
  for (let id = ''; id !== `:${number}\r\n`;) {
    const stranger = await RawClient.connect(replica);
    strangers.push(stranger);
    id = await stranger.call('CLIENT', 'ID');
    if (strangers.length > 1000) throw new Error(`no stranger got the number ${number}`);
  }
  t.match(await node.role(PATIENCE_MS), { role: 'replica' });
  t.match(String(await replica.send('INFO', 'commandstats')), /client\|kill:calls=1,/);
  for (const stranger of strangers) t.equal(await stranger.call('PING'), '+PONG\r\n');
});
