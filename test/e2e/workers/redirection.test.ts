import t from 'tap';
import { serverIdOfTarget } from '../../../src/proxy/private/redirect-target.js';
import type { RawClient } from '../../support/raw-client.js';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { clientOfEach } from './support.js';

/** Of the tracker and of the target. */
const VERSIONS = [
  ['2', '2'],
  ['3', '2'],
  ['2', '3'],
  ['3', '3'],
] as const;

const text = async (client: RawClient): Promise<string> => (await client.replies(1)).toString('latin1');

async function hello(client: RawClient, resp: string): Promise<string> {
  await client.call('HELLO', resp);
  return (await client.call('CLIENT', 'ID')).slice(1).trim();
}

void t.test('what one tracks, a client of another worker is told', async (t) => {
  const { holdfast, shard, candidate } = await startStage(t, { replicas: 1, flags: ['--workers=2'] });
  const servers = [shard.master, candidate];
  let from = shard.master;
  const move = async (): Promise<void> => {
    const next = servers.find(({ id }) => id !== from.id) ?? candidate;
    t.equal(await holdfast.refusal('SWITCHOVER', 'TO', next.host, String(next.port)), '');
    from = next;
  };

  await t.test('before a switchover, and behind it, when all is invalidated first', async (t) => {
    for (const [tracker, listener] of VERSIONS) {
      const [reader, target] = await clientOfEach(t, holdfast);
      await hello(reader, tracker);
      const id = await hello(target, listener);
      if (listener === '2') await target.call('SUBSCRIBE', '__redis__:invalidate');
      t.equal(await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', id), '+OK\r\n');
      t.equal(await reader.call('CLIENT', 'GETREDIR'), `:${id}\r\n`);
      await reader.call('GET', 'k');
      await from.send('SET', 'k', '1');
      t.match(await text(target), /invalidate\r\n\*1\r\n\$1\r\nk\r\n$/);
      await reader.call('GET', 'k');
      await from.send('FLUSHALL');
      const everything = await text(target);
      await reader.call('GET', 'k');
      await move();
      t.equal(await text(target), everything, `RESP${tracker} to RESP${listener}`);
      await reader.call('GET', 'k');
      await from.send('SET', 'k', '1');
      t.match(await text(target), /invalidate\r\n\*1\r\n\$1\r\nk\r\n$/, 'and tracking goes on');
      t.equal(await reader.call('CLIENT', 'GETREDIR'), `:${id}\r\n`);
      for (const each of [reader, target]) each.close();
    }
  });

  await t.test('a target that has a connection of its own, and another one after RESET', async (t) => {
    const [reader, target] = await clientOfEach(t, holdfast);
    const id = await hello(target, '3');
    t.equal(await target.call('WATCH', 'w'), '+OK\r\n');
    for (const round of ['1', '2']) {
      t.equal(await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', id), '+OK\r\n');
      await reader.call('GET', 'k');
      await from.send('SET', 'k', round);
      t.match(await text(target), /invalidate\r\n\*1\r\n\$1\r\nk\r\n$/, round);
      t.equal(await reader.call('CLIENT', 'TRACKING', 'off'), '+OK\r\n');
      t.equal(await target.call('RESET'), '+RESET\r\n');
      await hello(target, '3');
    }
  });

  await t.test('one that no worker has', async (t) => {
    const [reader] = await clientOfEach(t, holdfast);
    const refusal = await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', '999999');
    t.match(refusal, /^-ERR The client ID you want redirect to does not exist/);
    t.equal(await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', '999999'), refusal, 'as often as it is said');
    t.equal(await reader.call('CLIENT', 'GETREDIR'), ':-1\r\n');
  });

  await t.test('one that is gone, at once or when the master moves', async (t) => {
    for (const moves of [false, true]) {
      const [reader, target] = await clientOfEach(t, holdfast);
      await hello(reader, '3');
      const id = await hello(target, '3');
      t.equal(await reader.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', id), '+OK\r\n');
      await reader.call('GET', 'k');
      target.close();
      await until('it is gone', async () => !String(await holdfast.admin('CLIENT', 'LIST')).includes(`id=${id} `));
      if (moves) await move();
      else await from.send('SET', 'k', '2');
      t.equal(await text(reader), `>2\r\n$21\r\ntracking-redir-broken\r\n:${id}\r\n`);
      t.equal(await reader.call('ECHO', 'still there'), '$11\r\nstill there\r\n');
    }
  });
});

void t.test('a target that stays busy is not waited for any longer than somebody waits for the answer', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => holdfast.stop());
  const target = await holdfast.client();
  t.teardown(() => target.close());
  const id = Number(await hello(target, '3'));
  await server.freeze();
  t.teardown(() => server.resume());
  target.send('PING\r\n');
  await until('it is busy', () => holdfast.shard.clients.get(id)?.idle === false);
  t.equal(await serverIdOfTarget(holdfast.shard, id, server.id), 0);
  t.equal(holdfast.shard.clients.get(id)?.link, null);
});
