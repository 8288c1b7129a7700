import t, { type Test } from 'tap';
import { encodeCommand } from '../../support/raw-client.js';
import { startStage, type Stage } from '../../support/stage.js';
import { moveElsewhere } from './support/elsewhere.js';

/** Holdfast must not notice before a client meets the old master's refusal. */
async function onStage(t: Test): Promise<Stage> {
  return startStage(t, { replicas: 1, flags: ['--probe-interval-ms=60000'] });
}

const OPENED = ['SET n 1\r\n', 'MULTI\r\n', 'INCR n\r\n'];

t.test('a command is refused while it is to be queued', async (t) => {
  const { shard, candidate, client } = await onStage(t);
  for (const request of OPENED) {
    client.send(request);
    await client.replies(1);
  }
  await moveElsewhere(shard.master, candidate);
  t.equal(await client.call('INCR', 'n'), '+QUEUED\r\n');
  t.equal(await client.call('GET', 'n'), '+QUEUED\r\n');
  t.equal(await client.call('EXEC'), '*3\r\n:2\r\n:3\r\n$1\r\n3\r\n');
  t.equal(await candidate.send('GET', 'n'), '3');
  t.equal(await client.call('INCR', 'n'), ':4\r\n');
});

t.test('EXEC is refused', async (t) => {
  const { shard, candidate, client } = await onStage(t);
  for (const request of OPENED) {
    client.send(request);
    await client.replies(1);
  }
  await moveElsewhere(shard.master, candidate);
  t.equal(await client.call('EXEC'), '*1\r\n:2\r\n');
  t.equal(await candidate.send('GET', 'n'), '2');
});

t.test('what was watched may have changed: EXEC answers null, and nothing runs', async (t) => {
  const { shard, candidate, client } = await onStage(t);
  await client.call('SET', 'n', '1');
  await client.call('WATCH', 'n');
  await client.call('MULTI');
  t.equal(await client.call('INCR', 'n'), '+QUEUED\r\n');
  await moveElsewhere(shard.master, candidate);
  t.equal(await client.call('INCR', 'n'), '+QUEUED\r\n');
  t.equal(await client.call('EXEC'), '*-1\r\n');
  t.equal(await candidate.send('GET', 'n'), '1');
  await client.call('WATCH', 'n');
  await client.call('MULTI');
  await client.call('INCR', 'n');
  t.equal(await client.call('EXEC'), '*1\r\n:2\r\n', 'the next attempt succeeds');
});

t.test('a pipeline of transactions, and of commands between them', async (t) => {
  const { shard, candidate, client } = await onStage(t);
  await client.call('SET', 'n', '0');
  await moveElsewhere(shard.master, candidate);
  client.send('MULTI\r\nGET n\r\nINCR n\r\nEXEC\r\nINCR n\r\nMULTI\r\nINCR n\r\nGET n\r\nEXEC\r\nGET n\r\n');
  t.equal(
    (await client.replies(10)).toString(),
    '+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n$1\r\n0\r\n:1\r\n:2\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:3\r\n$1\r\n3\r\n$1\r\n3\r\n',
  );
  t.equal(await candidate.send('GET', 'n'), '3');
});

t.test(
  'a subscriber in RESP3 that writes, a script, and a command that the server refuses for another reason',
  async (t) => {
    const { shard, candidate, client } = await onStage(t);
    await client.call('HELLO', '3');
    await client.call('SUBSCRIBE', 'news');
    await moveElsewhere(shard.master, candidate);
    t.equal(await client.call('INCR', 'n'), ':1\r\n');
    client.send(encodeCommand('EVAL', "return redis.call('incr', KEYS[1])", '1', 'n'));
    t.equal((await client.replies(1)).toString(), ':2\r\n');
    await candidate.send('PUBLISH', 'news', 'still here');
    t.match((await client.replies(1)).toString(), />3\r\n\$7\r\nmessage/);
    await moveElsewhere(candidate, shard.master);
    t.match(await client.call('INCR', 'n', 'too', 'many'), /^-ERR wrong number/);
    t.equal(await client.call('EVAL', "return redis.call('incr', KEYS[1])", '1', 'n'), ':3\r\n');
  },
);
