import t from 'tap';
import { NO_SENTINEL, MASTER_NAME } from '../../support/sentinels.js';
import { until } from '../../support/until.js';
import { startSentinelStage } from './support/sentinel-stage.js';

const SKIP = { skip: NO_SENTINEL };

/** When a line came into a log that writes its time in front, ms. */
function timeOf(log: string, line: RegExp): number {
  const found = log.split('\n').find((each) => line.test(each)) ?? '';
  return Date.parse(`${/\d+ \w{3} \d{4} [\d:.]+/.exec(found)?.[0] ?? ''}Z`);
}

void t.test('the master dies', SKIP, async (t) => {
  const stage = await startSentinelStage(t, {
    replicas: 1,
    // Two that want to be elected at once try again soon.
    sentinel: { downAfterMs: 1_500, failoverTimeoutMs: 2_000 },
    // Rounds of its own can not be what finds the new master.
    flags: ['--probe-interval-ms=60000', '--outage-hold-ms=60000'],
  });
  const { shard, sentinels, holdfast, client, candidate } = stage;
  const written: number[] = [];
  for (let i = 1; i <= 200; i++) {
    if ((await client.call('RPUSH', 'log', String(i))) === `:${i}\r\n`) written.push(i);
  }
  t.equal(await client.call('WAIT', '1', '10000'), ':1\r\n', 'the replica has them');
  await shard.master.kill();
  // Asked for while nobody is the master: it waits, and is answered by the one that Sentinel promotes.
  t.equal(await client.call('RPUSH', 'log', 'after'), ':201\r\n');
  t.same(await candidate.send('LRANGE', 'log', '0', '-1'), [...written.map(String), 'after']);
  t.equal((await holdfast.fields('STATUS')).text('master'), candidate.id);

  const promotedAt = Math.min(
    ...sentinels.servers
      .map((sentinel) => timeOf(sentinel.log(), /\+promoted-slave/))
      .filter((at) => !Number.isNaN(at)),
  );
  const served = await until('the log says so', () =>
    holdfast
      .log()
      .split('\n')
      .find((line) => line.includes('"the shard has a master"') && line.includes(`"master":"${candidate.id}"`)),
  );
  const servedAt = Date.parse((JSON.parse(served) as { time: string }).time);
  t.comment(`served ${servedAt - promotedAt} ms after +promoted-slave`);

  // The old one comes back as a master, as which nobody but itself knows it.
  await shard.master.restart();
  t.equal(await client.call('RPUSH', 'log', 'later'), ':202\r\n');
  await sentinels.agreeOn(candidate, 1);
  t.equal(await client.call('RPUSH', 'log', 'latest'), ':203\r\n');
  await shard.inSync(candidate);
});

void t.test('an operator tells a Sentinel to fail over', SKIP, async (t) => {
  const { sentinels, holdfast, client, candidate } = await startSentinelStage(t, { flags: ['--outage-hold-ms=60000'] });
  await sentinels.servers[0]?.send('SENTINEL', 'FAILOVER', MASTER_NAME);
  await until('it is followed', async () => (await holdfast.fields('STATUS')).text('master') === candidate.id);
  t.match(await client.call('INCR', 'after'), /^:1/);
  t.equal(await candidate.send('GET', 'after'), '1');
});
