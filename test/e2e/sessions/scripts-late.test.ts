import { createHash } from 'node:crypto';
import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { Relay } from '../../support/relay.js';
import { startShard } from '../../support/shard.js';

const SCRIPT = "return 'late'";
const SHA = createHash('sha1').update(SCRIPT).digest('hex');

t.test('a switch waits for a script that is still on its way to the candidate', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [candidate = shard.master] = shard.replicas;
  const relay = await Relay.start(candidate);
  t.teardown(() => relay.close());
  const holdfast = await HoldfastInProcess.start(shard.master.id);
  t.teardown(() => holdfast.stop());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  const { traffic } = holdfast;

  await traffic.prepare(relay.id, 5000);
  relay.judge((text) => (text.includes('late') ? 'swallow' : 'pass'));
  t.match(await client.call('EVAL', SCRIPT, '0'), /late/);
  traffic.hold();
  let drained = false;
  const drain = traffic.drained(AbortSignal.timeout(10_000)).then(() => (drained = true));
  t.match(await client.call('GET', 'key'), '$-1', 'a round trip to the master');
  t.notOk(drained, 'the master has answered everything, the candidate has not');
  relay.flow();
  await drain;
  traffic.redirect(relay.id);
  traffic.release();
  t.match(await client.call('EVALSHA_RO', SHA, '0'), /late/);
});
