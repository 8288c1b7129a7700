import t, { type Test } from 'tap';
import { RawClient } from '../../support/raw-client.js';
import { startRedisCluster } from '../../support/redis-cluster.js';
import type { RedisServer } from '../../support/redis-server.js';
import { Relay } from '../../support/relay.js';
import { ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';

const KEY = '{b}';
const FAILOVER = /\*2\r\n\$7\r\ncluster\r\n\$8\r\nfailover\r\n/i;

// The two other masters are stopped now and then, and must not be missed for so long.
const cluster = await startRedisCluster({ shards: [4, 1, 1], config: { 'cluster-node-timeout': '5000' } });
t.teardown(() => cluster.dispose());
const [master, ...replicas] = cluster.first.servers;
const [, second, third] = cluster.shards.map((shard) => shard.master);
/** A node asks for votes only once in a while: each promotion that comes so far wants another candidate. */
const [unelected, undecided, elected] = replicas;

async function nodeTimeout(ms: number): Promise<void> {
  await Promise.all(cluster.servers.map((server) => server.send('CONFIG', 'SET', 'cluster-node-timeout', String(ms))));
}

async function stage(t: Test, to: { readonly id: string }, flags: readonly string[], from = master) {
  if (from === undefined) throw new Error('no master');
  const holdfast = await ServeProcess.start({
    nodes: [from.id, to.id],
    flags: ['--topology=redis-cluster', '--preflight-timeout-ms=30000', ...flags],
  });
  t.teardown(() => holdfast.dispose());
  const client = await RawClient.connect({ host: '127.0.0.1', port: holdfast.port });
  t.teardown(() => client.close());
  const switchover = (): Promise<string> =>
    holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(to.id), 'SYNCTIMEOUT', '10000', 'PAUSETIMEOUT', '60000');
  return { holdfast, client, switchover };
}

/** Both of the others have judged its request for a vote, and it is a replica all the same. */
async function heardInVain(to: RedisServer): Promise<void> {
  const judged = new RegExp(`Failover auth (granted|denied) to ${cluster.idOf(to)}`);
  await until('both have heard', () => [second, third].every((each) => judged.test(each?.log() ?? '')));
  await until('it is a replica', async () => (await to.info('replication')).get('role') === 'slave');
}

void t.test('no votes: it is called off, and the old master goes on', async (t) => {
  const to = unelected;
  if (to === undefined || master === undefined || second === undefined || third === undefined) return;
  const { holdfast, client, switchover } = await stage(t, to, ['--promote-timeout-ms=1000']);
  await Promise.all([second.freeze(), third.freeze()]);
  t.match(await switchover(), /^ABORTED promotion-refused .*did not elect it within/);
  t.match(to.log(), /Starting a failover election/);
  second.resume();
  third.resume();
  await heardInVain(to);
  t.equal(await client.call('SET', KEY, 'after'), '+OK\r\n', 'when the old master lets go by itself');
  t.equal((await master.info('replication')).get('role'), 'master');
  t.match(await switchover(), /^REFUSED (not-arranged|owner-refuses) /, 'too early for another one');
  t.equal(await holdfast.metric('holdfast_switchovers_total{outcome="aborted",reason="promotion-refused"}'), 1);
});

void t.test('the request is lost on its way: it never runs', async (t) => {
  const to = elected;
  if (to === undefined) return;
  const relay = await Relay.start(to);
  t.teardown(() => relay.close());
  const { client, switchover } = await stage(t, relay, ['--promote-timeout-ms=500', '--command-timeout-ms=500']);
  relay.judge((text) => (FAILOVER.test(text) ? 'swallow' : 'pass'));
  t.match(await switchover(), /^ABORTED promotion-did-not-happen /);
  t.notMatch(to.log(), /Manual failover user request accepted/);
  t.equal(await client.call('SET', KEY, 'after'), '+OK\r\n');
});

void t.test('the answer is lost: the cluster has moved the master, and so it is', async (t) => {
  const to = elected;
  if (to === undefined) return;
  const relay = await Relay.start(to);
  t.teardown(() => relay.close());
  const { client, holdfast, switchover } = await stage(t, relay, [
    '--promote-timeout-ms=500',
    '--command-timeout-ms=500',
  ]);
  relay.judge((text) => (FAILOVER.test(text) ? 'mute' : 'pass'));
  // The votes that were given too late count all the same: the others vote about one master once in two such times.
  await nodeTimeout(1000);
  const held = client.call('SET', KEY, 'moved');
  t.equal(await switchover(), '');
  t.equal(await held, '+OK\r\n');
  t.equal(await client.call('GET', KEY), '$5\r\nmoved\r\n');
  t.equal(await to.send('GET', KEY), 'moved');
  t.equal((await holdfast.fields('STATUS')).text('master'), relay.id);
});

void t.test('the answer is lost, and the votes come when it has been called off', async (t) => {
  const to = undecided;
  if (to === undefined || elected === undefined || second === undefined || third === undefined) return;
  await nodeTimeout(5000);
  const relay = await Relay.start(to);
  t.teardown(() => relay.close());
  const { switchover } = await stage(t, relay, ['--promote-timeout-ms=500', '--command-timeout-ms=500'], elected);
  relay.judge((text) => (FAILOVER.test(text) ? 'mute' : 'pass'));
  await Promise.all([second.freeze(), third.freeze()]);
  t.match(await switchover(), /^ABORTED promotion-did-not-happen /);
  second.resume();
  third.resume();
  await heardInVain(to);
});
