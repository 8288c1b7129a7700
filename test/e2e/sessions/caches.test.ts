import t from 'tap';
import { startDelayedStage } from '../../support/delayed-stage.js';
import { scaled } from '../../support/scale.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { until } from '../../support/until.js';
import { CachingClient, type Tracking } from './support/cache.js';
import { DELAY, throughHoldfast } from './support/listeners.js';

const KEYS = Array.from({ length: 80 }, (_, at) => `key${at}`);

const WAYS: readonly Tracking[] = [
  { name: 'default', resp: '3', options: [] },
  { name: 'no loop', resp: '3', options: ['NOLOOP'] },
  { name: 'broadcast', resp: '3', options: ['BCAST', 'PREFIX', 'key', 'PREFIX', 'other'] },
  { name: 'opt in', resp: '3', options: ['OPTIN'], before: ['CLIENT', 'CACHING', 'yes'] },
  { name: 'opt out', resp: '3', options: ['OPTOUT'] },
  { name: 'redirected, RESP2', resp: '2', options: [], redirect: '2' },
  { name: 'redirected, RESP3 to RESP2', resp: '3', options: ['BCAST'], redirect: '2' },
  { name: 'redirected, RESP3', resp: '3', options: ['OPTIN'], before: ['CLIENT', 'CACHING', 'yes'], redirect: '3' },
];

void t.test('what a client keeps never stays stale', async (t) => {
  const stage = await startDelayedStage(t, { ...DELAY, seed: 4 });
  const clients = await Promise.all(WAYS.map((way) => CachingClient.start(way, () => throughHoldfast(t, stage))));
  const acknowledged = new Map<string, number>();
  let stopped = false;
  const problems: string[] = [];
  const write = async (keys: readonly string[]): Promise<void> => {
    const client = await throughHoldfast(t, stage);
    for (let version = 1; !stopped; version++) {
      for (const key of keys) {
        const reply = await client.call('SET', key, String(version));
        if (reply === '+OK\r\n') acknowledged.set(key, version);
        else problems.push(reply);
      }
    }
  };
  const read = async (client: CachingClient): Promise<void> => {
    for (let at = 0; !stopped; at = (at * 7 + 3) % 1009) {
      const key = KEYS[at % KEYS.length] ?? '';
      await client.read(key, () => acknowledged.get(key) ?? 0);
      // Twice: what has just been read is there.
      await client.read(key, () => acknowledged.get(key) ?? 0);
    }
  };
  const runs = [write(KEYS.slice(0, 40)), write(KEYS.slice(40)), ...clients.map(read)];
  const rounds = scaled(30, 300);
  await switchRounds(t, stage, rounds, async () => {
    const before = clients.map(({ hits }) => hits);
    await until('values are read from memory', () => clients.every(({ hits }, at) => hits > (before[at] ?? 0)));
  });
  stopped = true;
  await Promise.all(runs);
  t.same(problems, []);
  for (const client of clients) {
    t.same(client.problems.slice(0, 5), [], `${client.name}: ${client.hits} values from memory`);
    t.ok(client.flushes >= rounds, `${client.name}: everything was invalidated ${client.flushes} times`);
  }
});
