import t from 'tap';
import { runHoldfast, ServeProcess } from '../../support/serve-process.js';
import { hostAndPort } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { FORGETFUL, follows, switched } from './support/returned.js';

void t.test('one that is kept out is left as it is, until a person takes it back', async (t) => {
  const stage = await switched(t, ['--protect-diverged=yes']);
  const { shard, holdfast, client, candidate } = stage;
  holdfast.signal('SIGSTOP');
  await shard.master.restart();
  t.equal(await shard.master.send('SET', 'astray', '1'), 'OK');
  holdfast.signal('SIGCONT');
  const status = () => holdfast.fields('STATUS');
  await until('there is an alarm', async () => (await status()).list('alarms').includes('diverged'));
  t.match(JSON.stringify(await holdfast.admin('STATUS')), /kept out: it has writes .* REJOIN takes it back/);
  t.equal(await holdfast.metric('holdfast_alarm{alarm="diverged"}'), 1);
  t.equal(await client.call('SET', 'meanwhile', '1'), '+OK\r\n', 'the others are served');
  t.equal(await shard.master.send('GET', 'astray'), '1', 'it can be looked at');
  const writes: Promise<string>[] = [];
  await until('its writes are held', async () => {
    writes.push(shard.master.send('SET', 'more', '1').then(String, (error: Error) => error.message));
    return (await shard.master.info('clients')).get('blocked_clients') !== '0';
  });

  // It stays out when Holdfast is started anew.
  holdfast.signal('SIGKILL');
  await holdfast.ended();
  const next = await ServeProcess.start({
    nodes: [stage.from, stage.to],
    stateDir: holdfast.stateDir,
    flags: [...FORGETFUL, '--protect-diverged=yes'],
  });
  t.teardown(() => next.dispose());
  t.equal((await next.fields('STATUS')).text('master'), candidate.id);
  await until('it is known again', async () => (await next.fields('STATUS')).list('alarms').includes('diverged'));
  t.equal(await shard.master.send('GET', 'astray'), '1');
  t.match(await next.refusal('REJOIN', ...hostAndPort(candidate.id)), /is not kept out/);
  const taken = await runHoldfast('rejoin', shard.master.id, `--admin=${next.adminId}`);
  t.match(taken, { status: 0, stdout: /follows the master again/ });
  await follows(shard.master, candidate);
  t.match((await Promise.all(writes)).at(-1), /READONLY/, 'a write that was held there did not run');
  await until('the alarm is over', async () => (await next.fields('STATUS')).list('alarms').length === 0);
  t.equal(await shard.master.send('GET', 'meanwhile'), '1');
});
