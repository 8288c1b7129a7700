import t from 'tap';
import { until } from '../../support/until.js';
import { hostAndPort, startStage } from '../../support/stage.js';

const FOLLOW = /\$9\r\nreplicaof\r\n\$9\r\n127/i;
const ROLE = /\$4\r\nrole\r\n/i;

void t.test('somebody promotes a replica as it is re-pointed: it is served when it is the only master', async (t) => {
  const stage = await startStage(t, { replicas: 2, relayToReplica: true, flags: ['--settle-timeout-ms=200'] });
  const { shard, holdfast, candidate: other, relay, client } = stage;
  const to = shard.replicas.at(-1);
  if (to === undefined) throw new Error('a stage with two replicas');
  let isFollowing = false;
  relay.judge(async (text) => {
    if (isFollowing && ROLE.test(text)) await other.send('REPLICAOF', 'NO', 'ONE');
    isFollowing = FOLLOW.test(text);
  });
  t.equal(await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(to.id)), '');
  await until('two masters are served to nobody', async () => {
    return (await holdfast.fields('STATUS')).text('master') === '';
  });
  for (const server of [to, shard.master]) await server.send('REPLICAOF', ...hostAndPort(stage.to));
  await until('the one that was promoted is served', async () => {
    return (await holdfast.fields('STATUS')).text('master') === stage.to;
  });
  t.match(await client.call('INCR', 'n'), /^:/);
  await until('the settling has given way', async () => {
    return (await holdfast.fields('STATUS')).text('state') === 'serving';
  });
  t.match(JSON.stringify(await holdfast.admin('HISTORY', '1')), `${stage.to} was made the master by somebody else`);
  t.equal(await holdfast.refusal('SWITCHOVER', 'TO', ...hostAndPort(to.id)), '', 'and back it goes');
});
