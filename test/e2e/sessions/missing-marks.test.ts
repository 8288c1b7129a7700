import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { Relay } from '../../support/relay.js';
import { startShard } from '../../support/shard.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';

/** The whole of what is sent on a connection at the moment that is to be marked. */
const MARK = '*1\r\n$4\r\nPING\r\n';

void t.test('a subscriber without its mark of the old master learns that it may have missed something', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { holdfast, relay, client } = stage;
  const [subscriber, reader] = [await holdfast.client(), await holdfast.client()];
  t.teardown(() => [subscriber, reader].forEach((each) => each.close()));
  await subscriber.call('SUBSCRIBE', 'news');
  await reader.call('HELLO', '3');
  await reader.call('CLIENT', 'TRACKING', 'on');
  relay.judge((text) => (text === MARK ? 'mute' : 'pass'));
  t.equal(await stage.switchover(), '', 'the master moves all the same');
  t.equal((await subscriber.ended()).toString(), '', 'and the subscriber is disconnected');
  t.equal(await holdfast.metric('holdfast_clients_closed_total{reason="missed-messages"}'), 1, 'and counted');
  t.match(holdfast.log(), 'missed-messages');
  t.equal(await client.call('SET', 'after', '1'), '+OK\r\n', 'nobody else is');
  t.equal(await reader.call('ECHO', 'hi'), '>2\r\n$10\r\ninvalidate\r\n_\r\n');
  t.equal((await reader.replies(1)).toString(), '$2\r\nhi\r\n');
});

void t.test('nobody is told twice what a demoted master passes on before it sees the mark', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToMaster: true });
  const { holdfast, relay, client, shard } = stage;
  const [subscriber, monitor] = [await holdfast.client(), await holdfast.client()];
  t.teardown(() => [subscriber, monitor].forEach((each) => each.close()));
  await subscriber.call('SUBSCRIBE', 'news');
  await monitor.call('MONITOR');
  relay.judge((text) => (text === MARK ? 'swallow' : 'pass'));
  t.equal(await stage.switchover(), '');
  await client.call('PUBLISH', 'news', 'once');
  await client.call('SET', 'seen', 'once');
  await until('the old master passes it on', async () => (await shard.master.send('GET', 'seen')) === 'once');
  relay.flow();
  t.equal(
    (await subscriber.ended()).toString(),
    '',
    'who may have missed something is let know, and gets nothing more',
  );
  await client.call('SET', 'seen', 'the last');
  let lines = '';
  while (!lines.includes('the last')) lines += (await monitor.replies(1)).toString();
  t.equal(lines.split('"SET" "seen" "once"').length - 1, 1, 'a line comes once');
});

void t.test('the same, of the new master', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [candidate] = shard.replicas;
  if (candidate === undefined) throw new Error('no replica');
  const relay = await Relay.start(candidate);
  t.teardown(() => relay.close());
  const holdfast = await HoldfastInProcess.start(shard.master.id);
  t.teardown(() => holdfast.stop());
  const [subscriber, reader] = [await holdfast.client(), await holdfast.client()];
  t.teardown(() => [subscriber, reader].forEach((each) => each.close()));
  await subscriber.call('SUBSCRIBE', 'news');
  await reader.call('HELLO', '3');
  await reader.call('CLIENT', 'TRACKING', 'on');
  const { traffic } = holdfast;
  await traffic.prepare(relay.id, 5000);
  traffic.hold();
  relay.judge((text) => (text === MARK ? 'mute' : 'pass'));
  await t.rejects(traffic.mark(50), /not all listeners were marked within 50 ms/);
  await candidate.send('REPLICAOF', 'NO', 'ONE');
  traffic.redirect(relay.id);
  traffic.release();
  t.equal((await subscriber.ended()).toString(), '');
  relay.flow();
  t.equal(await reader.call('ECHO', 'hi'), '>2\r\n$10\r\ninvalidate\r\n_\r\n');
  t.equal((await reader.replies(1)).toString(), '$2\r\nhi\r\n');
});

void t.test('an aborted switchover changes nothing for those who listen', async (t) => {
  const stage = await startStage(t, { replicas: 1, relayToReplica: true });
  const { holdfast, relay, client } = stage;
  const subscriber = await holdfast.client();
  t.teardown(() => subscriber.close());
  await subscriber.call('SUBSCRIBE', 'news');
  const expected: string[] = [];
  const publish = async (message: string): Promise<void> => {
    t.equal(await client.call('PUBLISH', 'news', message), ':1\r\n');
    expected.push(`*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$${message.length}\r\n${message}\r\n`);
  };
  for (let round = 0; round < 5; round++) {
    await publish(`before ${round}`);
    // The promotion is refused: whatever was marked by then does not count.
    relay.judge((text) => (text.includes('REPLICAOF\r\n$2\r\nNO') ? 'cut' : 'pass'));
    t.match(await stage.switchover(), /ABORTED/);
    relay.flow();
    await publish(`after ${round}`);
    await until(
      'the next attempt can begin',
      async () => (await holdfast.fields('STATUS')).text('state') === 'serving',
    );
  }
  t.equal((await subscriber.replies(10)).toString(), expected.join(''));
  t.equal(await stage.switchover(), '');
  await publish('on the new master');
  t.equal((await subscriber.replies(1)).toString(), expected.at(-1));
});

void t.test(
  'a subscriber whom the new master does not let listen is disconnected, as it would be refused there',
  async (t) => {
    const user = (channels: string): string => `app on >secret ~* ${channels} +@all`;
    const stage = await startStage(t, {
      replicas: 1,
      each: [{ users: [user('&*')] }, { users: [user('&ok:*')] }],
    });
    const { holdfast } = stage;
    const [may, mayNot] = [await holdfast.client(), await holdfast.client()];
    t.teardown(() => [may, mayNot].forEach((each) => each.close()));
    for (const client of [may, mayNot]) await client.call('AUTH', 'app', 'secret');
    await may.call('SUBSCRIBE', 'ok:1');
    await mayNot.call('SUBSCRIBE', 'ok:1');
    await mayNot.call('SUBSCRIBE', 'other');
    t.equal(await stage.switchover(), '');
    t.equal((await mayNot.ended()).toString(), '');
    // Refused by both: that is no reason.
    t.match(await may.call('SUBSCRIBE', 'other', 'ok:2'), /^-NOPERM/);
    await stage.client.call('PUBLISH', 'ok:1', 'hello');
    t.match((await may.replies(1)).toString(), 'hello');
  },
);
