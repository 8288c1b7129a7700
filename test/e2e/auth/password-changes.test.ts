import t from 'tap';
import { until } from '../../support/until.js';
import { startStage } from '../../support/stage.js';
import { Twins } from '../proxy/support/twins.js';

t.test('the default user gets a password, and loses it again', async (t) => {
  const twins = await Twins.start({ users: ['app on >secret ~* &* +@all'] });
  t.teardown(() => twins.stop());

  t.test('by a client: it counts for whoever comes afterwards, from that moment', async (t) => {
    const admin = await twins.pair();
    await admin.same(t, ['SET', 'a', '1']);
    for (const [set, unset] of [
      [
        ['CONFIG', 'SET', 'requirepass', 'key'],
        ['CONFIG', 'SET', 'requirepass', ''],
      ],
      [
        ['ACL', 'SETUSER', 'default', 'resetpass', '>key'],
        ['ACL', 'SETUSER', 'default', 'nopass'],
      ],
      [
        ['ACL', 'SETUSER', 'default', 'off'],
        ['ACL', 'SETUSER', 'default', 'on'],
      ],
    ] as const) {
      for (let round = 0; round < 3; round++) {
        const early = await twins.pair();
        await early.same(t, ['GET', 'a']);
        await admin.same(t, set);
        const late = await twins.pair();
        await late.same(t, ['GET', 'a']);
        await late.same(t, ['MULTI']);
        await late.same(t, ['SELECT', '1']);
        await early.same(t, ['GET', 'a']);
        await early.same(t, ['SET', 'a', '2']);
        await admin.same(t, unset);
        await late.same(t, ['GET', 'a']);
        const later = await twins.pair();
        await later.same(t, ['GET', 'a']);
        await admin.same(t, set);
        await later.same(t, ['GET', 'a']);
        await early.same(t, ['GET', 'a']);
        await early.same(t, ['RESET']);
        await early.same(t, ['GET', 'a']);
        await late.same(t, ['GET', 'a']);
        await late.same(t, ['AUTH', 'app', 'secret']);
        await late.same(t, ['GET', 'a']);
        await admin.same(t, unset);
        for (const pair of [early, late, later]) pair.close();
      }
    }
    admin.close();
  });

  t.test('on the server itself: it counts about a second later', async (t) => {
    await twins.both('CONFIG', 'SET', 'requirepass', 'key');
    await until('new clients are asked for a password', async () => {
      const client = await twins.holdfast.client();
      const reply = await client.call('GET', 'a');
      client.close();
      return reply.startsWith('-NOAUTH');
    });
    const client = await twins.holdfast.client();
    t.equal(await client.call('AUTH', 'key'), '+OK\r\n');
    t.equal(await client.call('CONFIG', 'SET', 'requirepass', ''), '+OK\r\n');
    client.close();
  });
});

t.test('a candidate on which the default user is another is refused', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  await stage.candidate.send('CONFIG', 'SET', 'requirepass', 'key');
  // Holdfast itself has no password in this test: for it the candidate is closed altogether.
  t.match(await stage.switchover(), /^REFUSED/);
  t.equal(await stage.client.call('SET', 'a', '1'), '+OK\r\n');
});

t.test('the master asks for a password and the candidate does not', async (t) => {
  const users = ['holdfast on >own ~* &* +@all'];
  const stage = await startStage(t, {
    replicas: 1,
    users,
    flags: ['--node-username=holdfast', '--node-password=own'],
  });
  await stage.shard.master.send('CONFIG', 'SET', 'requirepass', 'key');
  const client = await until('new clients are asked for a password', async () => {
    const next = await stage.holdfast.client();
    if ((await next.call('GET', 'a')).startsWith('-NOAUTH')) return next;
    next.close();
    return false;
  });
  const words = await stage.switchover();
  t.match(words, `REFUSED prepare-failed`);
  t.match(words, `${stage.candidate.id} does not ask for a password of the default user, and the master does`);
  client.close();
});
