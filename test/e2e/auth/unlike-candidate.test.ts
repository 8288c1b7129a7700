import t from 'tap';
import { startStage } from '../../support/stage.js';

const USER = ['on', '>secret', '~*', '&*', '+@all'] as const;

t.test('a candidate that would not let the clients in is refused, and nobody is touched', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { shard, holdfast, candidate } = stage;
  await shard.master.send('ACL', 'SETUSER', 'app', ...USER);

  t.test('the user is missing there, has another password, or is off', async (t) => {
    const client = await holdfast.client();
    t.equal(await client.call('AUTH', 'app', 'secret'), '+OK\r\n');
    for (const rule of [null, ['on', '>other'], ['off', '>secret']] as const) {
      if (rule !== null) await candidate.send('ACL', 'SETUSER', 'app', 'reset', ...rule);
      const words = await stage.switchover();
      t.match(words, /^REFUSED prepare-failed/);
      t.match(words, `${candidate.id} refuses the user "app", whom the master accepts: WRONGPASS`);
      t.equal(await client.call('SET', 'app', String(rule)), '+OK\r\n', 'the clients go on');
    }
    client.close();
  });

  t.test('who guesses passwords, and users without clients, are no reason', async (t) => {
    const guesser = await holdfast.client();
    t.match(await guesser.call('AUTH', 'app', 'wrong'), /^-WRONGPASS/);
    t.equal(await stage.switchover(), '');
    t.equal(await guesser.call('SET', 'x', '1'), '+OK\r\n');
    guesser.close();
  });
});
