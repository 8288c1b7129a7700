import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeRequest } from '../../../src/resp/encode.js';
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

t.test('a master that is a replica for a moment: blocked calls go back to it', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const { master } = shard;
  const [other = master] = shard.replicas;
  await other.send('REPLICAOF', 'NO', 'ONE');
  const holdfast = await HoldfastInProcess.start(master.id);
  t.teardown(() => holdfast.stop());
  const waiting = await Promise.all(Array.from({ length: 3 }, () => holdfast.client()));
  for (const [at, client] of waiting.entries()) {
    client.send('BLPOP q 0\r\n');
    await until('it waits', async () => (await master.info('clients')).get('blocked_clients') === String(at + 1));
  }
  await master.send('REPLICAOF', other.host, String(other.port));
  await until('they are let go', async () => (await master.info('clients')).get('blocked_clients') === '0');
  await master.send('REPLICAOF', 'NO', 'ONE');
  await until('they wait again', async () => (await master.info('clients')).get('blocked_clients') === '3');
  await master.send('RPUSH', 'q', 'a', 'b', 'c');
  const elements = await Promise.all(
    waiting.map(async (client) => (await client.replies(1)).toString().split('\r\n')[4]),
  );
  t.same(new Set(elements), new Set(['a', 'b', 'c']));
  for (const client of waiting) client.close();
});

t.test('scripts that a former master refuses run once, on the next one, which knows them by then', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const { master } = shard;
  const [next = master] = shard.replicas;
  const holdfast = await HoldfastInProcess.start(master.id);
  t.teardown(() => holdfast.stop());
  const clients = await Promise.all(Array.from({ length: 8 }, () => holdfast.client()));
  const [first] = clients;
  if (first === undefined) return;
  const sha = (await first.call('SCRIPT', 'LOAD', "return redis.call('incr', KEYS[1]) + 0")).split('\r\n')[1] ?? '';
  const increase =
    "#!lua name=l\nredis.register_function('up', function(keys) return redis.pcall('incr', keys[1]) end)";
  t.match(await first.call('FUNCTION', 'LOAD', increase), /l\r\n$/);
  await shard.inSync();
  let looks = 0;
  holdfast.shard.lookAtRoles = async () => {
    // As long as a switchover is on, nobody can tell; and somebody else finds the master.
    if (++looks === 5) void holdfast.shard.serve(next.id);
    await master.send('PING');
  };
  await next.send('REPLICAOF', 'NO', 'ONE');
  await master.send('REPLICAOF', next.host, String(next.port));
  const scripts = [
    ['EVAL', "return redis.call('incr', KEYS[1])", '1'],
    ['EVAL', "return redis.pcall('incr', KEYS[1])", '1'],
    ['EVAL', "#!lua\nreturn redis.call('incr', KEYS[1])", '1'],
    ['EVALSHA', sha, '1'],
    ['FCALL', 'up', '1'],
  ];
  for (const client of clients) {
    for (const [at, words] of scripts.entries()) client.send(encodeRequest([...words, `n${at}`]));
  }
  const answers = await Promise.all(clients.map((client) => client.replies(scripts.length)));
  for (const answer of answers) t.match(answer.toString(), /^(:\d\r\n){5}$/);
  for (const at of scripts.keys()) t.equal(await next.send('GET', `n${at}`), String(clients.length));
  t.ok(looks >= 5);
  for (const client of clients) client.close();
});

t.test('transactions that a former master refuses again and again run once, on the next one', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const { master } = shard;
  const [next = master] = shard.replicas;
  const holdfast = await HoldfastInProcess.start(master.id);
  t.teardown(() => holdfast.stop());
  const [open, queueing, ...others] = await Promise.all(Array.from({ length: 6 }, () => holdfast.client()));
  if (open === undefined || queueing === undefined) return;
  for (const client of [open, queueing]) {
    client.send('MULTI\r\nINCR n\r\n');
    await client.replies(2);
  }
  let looks = 0;
  holdfast.shard.lookAtRoles = async () => {
    if (++looks === 5) void holdfast.shard.serve(next.id);
    await master.send('PING');
  };
  await shard.inSync();
  await next.send('REPLICAOF', 'NO', 'ONE');
  await master.send('REPLICAOF', next.host, String(next.port));
  const answers = [open.call('EXEC')];
  // What stands in the queue is refused before EXEC is said, and with it.
  answers.push(queueing.call('INCR', 'n').then(async (queued) => `${queued}${await queueing.call('EXEC')}`));
  for (const client of others) {
    client.send('MULTI\r\nINCR n\r\nEXEC\r\n');
    answers.push(client.replies(3).then(String));
  }
  const results = (await Promise.all(answers)).flatMap((answer) => {
    t.match(answer, /^(\+OK\r\n)?(\+QUEUED\r\n)?\*[12]\r\n(:\d\r\n){1,2}$/);
    return [...answer.matchAll(/:(\d)/g)].map(([, number]) => Number(number));
  });
  t.same(new Set(results), new Set([1, 2, 3, 4, 5, 6, 7]));
  t.equal(await next.send('GET', 'n'), '7');
  for (const client of [open, queueing, ...others]) client.close();
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
