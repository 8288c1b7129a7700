import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { Relay } from '../../support/relay.js';
import { until } from '../../support/until.js';

/** Only private links ask for their id. */
const PRIVATE = /CLIENT\r\n\$2\r\nID/;

/** Somebody else moves the master to a node whose first private connection breaks before it is open. */
async function moveWithTrouble(t: Test, before: (call: Call) => Promise<void>, ...next: readonly string[]) {
  const [from, to] = await Promise.all([RedisServer.start(), RedisServer.start()]);
  const relay = await Relay.start(to);
  const holdfast = await HoldfastInProcess.start(from.id);
  t.teardown(async () => {
    await holdfast.stop();
    await relay.close();
    await Promise.all([from.dispose(), to.dispose()]);
  });
  const client = await holdfast.client();
  t.teardown(() => client.close());
  const call: Call = (...args) => client.call(...args);
  await before(call);
  let isOpening = false;
  relay.judge((text) => {
    if (!PRIVATE.test(text)) return 'pass';
    isOpening = true;
    return 'swallow';
  });
  const served = holdfast.shard.serve(relay.id);
  await until('the connection is being opened', () => isOpening);
  client.send(encodeCommand(...next));
  await until('the command waits for it', () => [...holdfast.shard.clients.values()][0]?.waitsFor !== 'nothing');
  relay.judge(() => 'pass');
  relay.cut(PRIVATE);
  await served;
  const reply = (await client.replies(1)).toString();
  return { call, reply };
}

type Call = (...args: readonly string[]) => Promise<string>;

void t.test('the first connection to a new master that somebody else chose breaks', async (t) => {
  t.test('an open transaction stays open', async (t) => {
    const begin = async (call: Call): Promise<void> => {
      await call('MULTI');
      await call('INCR', 'a');
    };
    const { call, reply } = await moveWithTrouble(t, begin, 'INCR', 'b');
    t.equal(reply, '+QUEUED\r\n');
    t.equal(await call('EXEC'), '*2\r\n:1\r\n:1\r\n');
  });

  t.test('a watched key counts as changed', async (t) => {
    const begin = async (call: Call): Promise<void> => {
      await call('WATCH', 'a');
    };
    const { call, reply } = await moveWithTrouble(t, begin, 'GET', 'a');
    t.equal(reply, '$-1\r\n');
    await call('MULTI');
    await call('INCR', 'a');
    t.equal(await call('EXEC'), '*-1\r\n');
  });
});
