import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import type { RawClient } from '../../support/raw-client.js';
import type { RedisServer } from '../../support/redis-server.js';
import { startShard } from '../../support/shard.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';

/** How many commands of a kind the server has refused. */
async function refused(server: RedisServer, command: string): Promise<number> {
  const stats = (await server.info('commandstats')).get(`cmdstat_${command}`) ?? '';
  return Number(/rejected_calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

t.test('a node that everybody calls the master, and that is none: the end is its own error', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [replica = shard.master] = shard.replicas;
  const holdfast = await HoldfastInProcess.start(replica.id);
  t.teardown(() => holdfast.stop());
  let looks = 0;
  holdfast.shard.lookAtRoles = () => {
    looks++;
    return Promise.resolve();
  };
  const [writer, reader] = await Promise.all([holdfast.client(), holdfast.client()]);
  writer.send('SET a 1\r\nGET a\r\nSET a 2\r\n');
  reader.send('GET a\r\n');
  t.equal((await reader.replies(1)).toString(), '$-1\r\n', 'others go on meanwhile');
  t.match((await writer.replies(3)).toString(), /^-READONLY [^\r]*\r\n\$-1\r\n-READONLY [^\r]*\r\n$/);
  const tries = await refused(replica, 'set');
  t.ok(tries > 4 && tries <= 2 * 21, 'it was tried more than once, and not for ever', { tries });
  t.ok(looks >= tries / 2 - 1, 'and not once without a look at the roles', { looks, tries });
  t.match(await writer.call('EVAL', "return redis.call('set', 'a', 1)", '0'), /^-READONLY /);
  writer.close();
  reader.close();
});

t.test('a script that says what a replica would say is believed once, and does not run twice', async (t) => {
  const shard = await startShard({ replicas: 0 });
  t.teardown(() => shard.dispose());
  const holdfast = await HoldfastInProcess.start(shard.master.id);
  t.teardown(() => holdfast.stop());
  const client = await holdfast.client();
  const forged = `redis.call('incr', 'n') return redis.error_reply("READONLY You can't write against a read only replica.")`;
  for (let run = 1; run <= 50; run++) {
    t.match(await client.call('EVAL', forged, '0'), /^-READONLY /);
    t.equal(await shard.master.send('GET', 'n'), String(run));
  }
  client.close();
});

t.test('roles change faster than anybody can look: every command is answered, and then all is well', async (t) => {
  const stage = await startStage(t, { replicas: 1, flags: ['--outage-hold-ms=2000'] });
  const { shard, candidate, holdfast } = stage;
  let isStorm = true;
  const replies = new Map<string, number>();
  const clients = await Promise.all(Array.from({ length: 10 }, () => holdfast.client()));
  const talk = async (client: RawClient, at: number): Promise<void> => {
    while (isStorm) {
      client.send(`SET k${at} v\r\nGET k${at}\r\nINCR n${at}\r\n`);
      for (const line of (await client.replies(3)).toString('latin1').split('\r\n')) {
        const kind = /^-(\w+)/.exec(line)?.[1];
        if (kind !== undefined) replies.set(kind, (replies.get(kind) ?? 0) + 1);
      }
    }
  };
  const talks = clients.map(talk);
  for (let round = 0; round < 60; round++) {
    const [up, down] = round % 2 === 0 ? [candidate, shard.master] : [shard.master, candidate];
    await Promise.all([
      down.send('REPLICAOF', up.host, String(up.port)),
      round % 3 === 0 || up.send('REPLICAOF', 'NO', 'ONE'),
    ]);
  }
  isStorm = false;
  await shard.master.send('REPLICAOF', 'NO', 'ONE');
  await candidate.send('REPLICAOF', shard.master.host, String(shard.master.port));
  await Promise.all(talks);
  for (const kind of replies.keys()) t.ok(['READONLY', 'MASTERDOWN', 'LOADING', 'OUTCOMEUNKNOWN'].includes(kind), kind);
  await until('the master is served', async () => (await holdfast.fields('STATUS')).text('master') === shard.master.id);
  for (const client of clients) {
    t.equal(await client.call('SET', 'after', '1'), '+OK\r\n');
    client.close();
  }
});
