import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { startShard } from '../../support/shard.js';

const ANSWER = "return 'from a script'";
const LATE = "return 'seen in the hold'";

t.test('scripts are known on the next master, whichever way they came', async (t) => {
  const shard = await startShard({ replicas: 1 });
  t.teardown(() => shard.dispose());
  const [replica] = shard.replicas;
  if (replica === undefined) throw new Error('no replica');
  const holdfast = await HoldfastInProcess.start(shard.master.id);
  t.teardown(() => holdfast.stop());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  const ask = (...args: readonly string[]): Promise<string> => client.call(...args);

  const loaded = (await ask('SCRIPT', 'LOAD', ANSWER)).trim().split('\r\n')[1] ?? '';
  await ask('EVAL', "return 'run once'", '0');
  await ask('MULTI');
  await ask('EVAL', "return 'in a transaction'", '0');
  await ask('EXEC');
  t.equal(holdfast.shard.scripts.cache.size, 3);

  await holdfast.move(shard.master, replica, async () => {
    // Held by the gate, so that only its text has arrived when the candidate is ready.
    client.send(encodeCommand('EVAL', LATE, '0'));
    await Promise.resolve();
  });
  t.match((await client.replies(1)).toString(), /seen in the hold/);
  t.equal(holdfast.shard.scripts.cache.size, 4);
  t.match(await ask('EVALSHA', loaded, '0'), /from a script/);
  t.match(await ask('SCRIPT', 'EXISTS', loaded), /:1/);

  t.match(await ask('SCRIPT', 'FLUSH'), /OK/);
  t.match(await ask('EVALSHA', loaded, '0'), /NOSCRIPT/);
  t.equal(holdfast.shard.scripts.cache.size, 0, 'and what the server forgot is not brought to the next one');
});
