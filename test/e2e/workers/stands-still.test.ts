import t from 'tap';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { clientOfEach, isRunning, workerOf, workersServe } from './support.js';

const PROMOTION = /\$9\r\nreplicaof\r\n\$2\r\nno/i;

void t.test('a worker that stands still after the promotion is ended before anybody is let go', async (t) => {
  const flags = ['--workers=2', '--promote-timeout-ms=20000', '--pause-timeout-ms=60000'];
  const stage = await startStage(t, { replicas: 1, relayToReplica: true, flags });
  const { holdfast, relay, candidate, shard } = stage;
  const [frozen, other] = await clientOfEach(t, holdfast);
  const pid = await workerOf(holdfast, frozen);
  relay.judge((text) => (PROMOTION.test(text) ? 'mute' : 'pass'));
  const words = stage.switchover('SYNCTIMEOUT', '20000');
  await holdfast.reaches('promoting');
  process.kill(pid, 'SIGSTOP');
  // Read by the frozen worker only when it goes on, and then from the old master.
  frozen.send(Buffer.from('*2\r\n$3\r\nGET\r\n$4\r\nheld\r\n'));
  let isFrozenAtTheReply = true;
  const reply = other.call('SET', 'held', 'new').then((text) => {
    isFrozenAtTheReply = isRunning(pid);
    return text;
  });
  relay.flow();
  await until(
    'the candidate is the master',
    async () => (await candidate.info('replication')).get('role') === 'master',
  );
  t.equal(await reply, '+OK\r\n');
  t.equal(isFrozenAtTheReply, false, 'nobody writes on the new master while somebody may read from the old one');
  t.equal(await words, '', 'switched');
  await frozen.ended();
  t.equal(await candidate.send('GET', 'held'), 'new');
  t.equal((await shard.master.info('replication')).get('role'), 'slave');
  await workersServe(holdfast, 2);
  t.equal(await holdfast.metric('holdfast_workers_ended_total'), 1);
  const [one, two] = await clientOfEach(t, holdfast);
  t.equal(await one.call('GET', 'held'), '$3\r\nnew\r\n');
  t.equal(await two.call('GET', 'held'), '$3\r\nnew\r\n');
});

void t.test('a worker that stands still before the promotion lets the switchover fail, and nothing else', async (t) => {
  const flags = ['--workers=2', '--preflight-timeout-ms=300', '--pause-timeout-ms=60000'];
  const stage = await startStage(t, { replicas: 1, flags });
  const { holdfast, candidate } = stage;
  const [frozen, other] = await clientOfEach(t, holdfast);
  const pid = await workerOf(holdfast, frozen);
  process.kill(pid, 'SIGSTOP');
  const late = frozen.call('INCR', 'late');
  t.match(await stage.switchover(), /^REFUSED /, 'nothing was touched');
  t.equal(await other.call('INCR', 'late'), ':1\r\n', 'the other worker goes on');
  process.kill(pid, 'SIGCONT');
  t.equal(await late, ':2\r\n', 'and so does this one');
  t.equal(await stage.switchover(), '', 'and then the master moves');
  t.equal(await candidate.send('GET', 'late'), '2');
});

void t.test(
  'a worker that stands still while it drains: the old master goes on, and it finds the gate open',
  async (t) => {
    const flags = ['--workers=2', '--pause-timeout-ms=60000'];
    // The answer to the worker's write is late, so that it is still draining when it is stopped.
    const stage = await startStage(t, { replicas: 1, relayToMaster: true, flags });
    const { holdfast, relay, shard } = stage;
    const [frozen, other] = await clientOfEach(t, holdfast);
    const pid = await workerOf(holdfast, frozen);
    relay.judge((text) => (text.includes('stuck') ? 'mute' : 'pass'));
    const stuck = frozen.call('INCR', 'stuck');
    await until('it has run', async () => (await shard.master.send('GET', 'stuck')) === '1');
    const words = stage.switchover('SYNCTIMEOUT', '1500');
    await holdfast.reaches('draining');
    process.kill(pid, 'SIGSTOP');
    relay.flow();
    t.match(await words, /^ABORTED drain-timeout /);
    t.equal(await other.call('INCR', 'n'), ':1\r\n', 'the others are let go');
    process.kill(pid, 'SIGCONT');
    t.equal(await stuck, ':1\r\n');
    t.equal(await frozen.call('INCR', 'n'), ':2\r\n', 'it opens its gate as well');
    t.equal((await shard.master.info('replication')).get('role'), 'master');
    t.equal(await stage.switchover('SYNCTIMEOUT', '20000'), '');
  },
);
