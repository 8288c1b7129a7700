import { createHash } from 'node:crypto';
import t from 'tap';
import type { RawClient } from '../../support/raw-client.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';

const SCRIPT = "return redis.call('INCR', KEYS[1])";
const SHA = createHash('sha1').update(SCRIPT).digest('hex');

/** Clients with a connection of their own, by what keeps it theirs. */
const KEEPERS: Readonly<Record<string, (client: RawClient) => Promise<unknown>>> = {
  WATCH: (client) => client.call('WATCH', 'watched'),
  tracking: async (client) => {
    await client.call('HELLO', '3');
    return client.call('CLIENT', 'TRACKING', 'ON');
  },
  'a subscription': async (client) => {
    await client.call('HELLO', '3');
    return client.call('SUBSCRIBE', 'channel');
  },
  MULTI: (client) => client.call('MULTI'),
};

void t.test('SCRIPT FLUSH counts on every master, whatever connection it went over', async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const { client, holdfast } = stage;
  const once = (): Promise<void> => Promise.resolve();
  for (const [what, keep] of Object.entries(KEEPERS)) {
    const other = await holdfast.client();
    await keep(other);
    await client.call('SCRIPT', 'LOAD', SCRIPT);
    await switchRounds(t, stage, 1, once);
    t.equal(await client.call('SCRIPT', 'EXISTS', SHA), '*1\r\n:1\r\n', `${what}: known to both nodes`);
    other.send('*2\r\n$6\r\nSCRIPT\r\n$5\r\nFLUSH\r\n');
    if (what === 'MULTI') await other.call('EXEC');
    await other.replies(1);
    await switchRounds(t, stage, 2, async () => {
      t.equal(await client.call('SCRIPT', 'EXISTS', SHA), '*1\r\n:0\r\n', `${what}: before each move`);
    });
    t.equal(await client.call('SCRIPT', 'EXISTS', SHA), '*1\r\n:0\r\n', `${what}: and after the last`);
    other.close();
  }
});

void t.test('a flush that the server refuses is none', async (t) => {
  const stage = await startStage(t, { replicas: 1, users: ['reader on >secret ~* &* +@all -script|flush'] });
  const { client, holdfast } = stage;
  await client.call('SCRIPT', 'LOAD', SCRIPT);
  const reader = await holdfast.client();
  t.teardown(() => reader.close());
  await reader.call('AUTH', 'reader', 'secret');
  await reader.call('WATCH', 'watched');
  t.match(await reader.call('SCRIPT', 'FLUSH'), /^-NOPERM /);
  await switchRounds(t, stage, 1, () => Promise.resolve());
  t.equal(await client.call('EVALSHA', SHA, '1', 'key'), ':1\r\n');
});
