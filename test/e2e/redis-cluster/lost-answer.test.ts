import t from 'tap';
import { Relay } from '../../support/relay.js';
import { FAILOVER, standBefore, startUndecidedCluster } from './support/undecided-cluster.js';

const KEY = '{b}';

const { master, candidates, stopVoters, resumeVoters, judged } = await startUndecidedCluster(t);

void t.test('the answer is lost: the cluster has moved the master, and so it is', async (t) => {
  const [to] = candidates;
  const relay = await Relay.start(to);
  t.teardown(() => relay.close());
  const { client, holdfast, switchover } = await standBefore(t, master, relay, [
    '--promote-timeout-ms=500',
    '--command-timeout-ms=500',
  ]);
  relay.judge((text) => (FAILOVER.test(text) ? 'mute' : 'pass'));
  const held = client.call('SET', KEY, 'moved');
  t.equal(await switchover(), '');
  t.equal(await held, '+OK\r\n');
  t.equal(await client.call('GET', KEY), '$5\r\nmoved\r\n');
  t.equal(await to.send('GET', KEY), 'moved');
  t.equal((await holdfast.fields('STATUS')).text('master'), relay.id);
});

void t.test('the answer is lost, and the votes come when it has been called off', async (t) => {
  const [elected, to] = candidates;
  const relay = await Relay.start(to);
  t.teardown(() => relay.close());
  const { switchover } = await standBefore(t, elected, relay, ['--promote-timeout-ms=500', '--command-timeout-ms=500']);
  relay.judge((text) => (FAILOVER.test(text) ? 'mute' : 'pass'));
  await stopVoters();
  t.match(await switchover(), /^ABORTED promotion-did-not-happen /);
  resumeVoters();
  const { votes, role } = await judged(to);
  // One of the three may have its reasons to deny it; two are a majority.
  t.ok(votes >= 2, 'elected');
  t.equal(role, 'slave', 'and it does not matter any more');
});
