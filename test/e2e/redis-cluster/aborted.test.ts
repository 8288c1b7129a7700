import t from 'tap';
import { Relay } from '../../support/relay.js';
import { FAILOVER, standBefore, startUndecidedCluster } from './support/undecided-cluster.js';

const KEY = '{b}';

const { master, candidates, stopVoters, resumeVoters, judged } = await startUndecidedCluster(t);

void t.test('no votes: it is called off, and the old master goes on', async (t) => {
  const [to] = candidates;
  const { holdfast, client, switchover } = await standBefore(t, master, to, ['--promote-timeout-ms=1000']);
  await stopVoters();
  t.match(await switchover(), /^ABORTED promotion-refused .*did not elect it within/);
  t.match(to.log(), /Starting a failover election/);
  resumeVoters();
  const { votes, role } = await judged(to);
  t.ok(votes >= 2, 'elected');
  t.equal(role, 'slave', 'and it does not matter any more');
  t.equal(await client.call('SET', KEY, 'after'), '+OK\r\n', 'when the old master lets go by itself');
  t.equal((await master.info('replication')).get('role'), 'master');
  t.match(await switchover(), /^REFUSED (not-arranged|owner-refuses) /, 'too early for another one');
  t.equal(await holdfast.metric('holdfast_switchovers_total{outcome="aborted",reason="promotion-refused"}'), 1);
});

void t.test('the request is lost on its way: it never runs', async (t) => {
  const [, to] = candidates;
  const relay = await Relay.start(to);
  t.teardown(() => relay.close());
  const { client, switchover } = await standBefore(t, master, relay, [
    '--promote-timeout-ms=500',
    '--command-timeout-ms=500',
  ]);
  relay.judge((text) => (FAILOVER.test(text) ? 'swallow' : 'pass'));
  t.match(await switchover(), /^ABORTED promotion-did-not-happen /);
  t.notMatch(to.log(), /Manual failover user request accepted/);
  t.equal(await client.call('SET', KEY, 'after'), '+OK\r\n');
});
