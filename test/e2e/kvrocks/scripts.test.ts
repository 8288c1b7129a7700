import { createHash } from 'node:crypto';
import t from 'tap';
import { onEachKvrocks } from '../../support/kvrocks/on-each-kvrocks.js';
import { ServeProcess } from '../../support/serve-process.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';

const ROUNDS = 4;
const USERS = 6;

const hashOf = (text: string): string => createHash('sha1').update(text).digest('hex');

// Known from recordings: a replica refuses SCRIPT LOAD, and EVAL writes nothing that could be replicated.
void onEachKvrocks(t, 'EVALSHA knows at each master what clients have loaded or run', async (t, start) => {
  const shard = await start(1);
  t.teardown(() => shard.dispose());
  const holdfast = await ServeProcess.start({
    nodes: shard.ids,
    flags: ['--preflight-timeout-ms=30000', '--align-promotion=no'],
  });
  t.teardown(() => holdfast.dispose());
  const client = await holdfast.client();
  t.teardown(() => client.close());
  const known: string[] = [];
  const bring = async (round: number): Promise<void> => {
    const [loaded, run, read] = ['loaded', 'run', 'read'].map((how) => `return '${how} ${round}'`);
    if (loaded === undefined || run === undefined || read === undefined) return;
    t.equal(await client.call('SCRIPT', 'LOAD', loaded), `$40\r\n${hashOf(loaded)}\r\n`);
    t.match(await client.call('EVAL', run, '0'), `run ${round}\r\n`);
    t.match(await client.call('EVAL_RO', read, '0'), `read ${round}\r\n`);
    known.push(loaded, run, read);
  };
  const check = async (): Promise<void> => {
    for (const text of known) {
      const answer = text.slice("return '".length, -1);
      t.equal(await client.call('EVALSHA', hashOf(text), '0'), `$${answer.length}\r\n${answer}\r\n`);
    }
  };
  // They are held while the master moves, and go on at once when it has.
  const surprises: string[] = [];
  let isRunning = true;
  let asking = 0;
  const users = Array.from({ length: USERS }, async () => {
    const user = await holdfast.client();
    while (isRunning) {
      const script = known.find((text) => text.startsWith("return 'run"));
      if (script === undefined) await user.call('PING');
      else {
        asking++;
        const reply = await user.call('EVALSHA', hashOf(script), '0');
        asking--;
        if (!reply.startsWith('$')) surprises.push(reply);
      }
    }
    user.close();
  });
  await switchRounds(t, { holdfast, shard }, ROUNDS, async (round) => {
    await check();
    if (round === 2) {
      known.length = 0;
      await until('whoever has asked for one is answered', () => asking === 0);
      t.equal(await client.call('SCRIPT', 'FLUSH'), '+OK\r\n');
    }
    await bring(round);
  });
  await check();
  isRunning = false;
  await Promise.all(users);
  t.same(surprises, []);
  const flushed = hashOf("return 'run 0'");
  t.equal(await client.call('SCRIPT', 'EXISTS', flushed), '*1\r\n:0\r\n', 'what was flushed stays away');
});
