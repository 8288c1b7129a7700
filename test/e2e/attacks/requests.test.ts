import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { Twins } from '../proxy/support/twins.js';

const MB = 1024 * 1024;

t.test('memory is for what has come, not for what is announced', async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));
  const { shard } = holdfast;

  for (const [name, request] of [
    ['CVE-2021-32675: a count of 1,048,576', '*1048576\r\n$3\r\nSET\r\n$1000\r\n'],
    ['CVE-2021-32675: a bulk of 512 MB', '*2\r\n$3\r\nGET\r\n$536870912\r\nx'],
    ['CVE-2025-46686: a count of 2,147,483,647', '*2147483647\r\n$4\r\nMGET\r\n$1000\r\nx'],
    ['a gathered command of 16 MB', '*2\r\n$9\r\nSUBSCRIBE\r\n$16000000\r\nx'],
    ['a transaction of 200 KB', '*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nGET\r\n$200000\r\nx'],
  ] as const) {
    t.test(name, async (t) => {
      const clients = await Promise.all(Array.from({ length: 100 }, () => holdfast.client()));
      for (const client of clients) client.send(request);
      // What trickles in behind makes a buffer grow, if anything does.
      for (let round = 0; round < 40; round++) {
        for (const client of clients) client.send('x');
        await new Promise(setImmediate);
      }
      await until('all have come', () => shard.clients.size === 100);
      const kept = [...shard.clients.values()].reduce((sum, client) => sum + client.keptBytes, 0);
      t.ok(kept < 7 * MB, `${Math.round(kept / 1024)} KB for 100 clients that announced it`);
      for (const client of clients) client.close();
      await until('they are gone', () => shard.clients.size === 0);
    });
  }
});

t.test('requests that are none, as on a direct connection', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());

  t.test('CVE-2026-27623: nothing of an empty request is left for the next', async (t) => {
    for (const empty of ['*0\r\n', '*-1\r\n', '\r\n', '\n', '*-10\r\n', '*0\r\n*0\r\n', '   \r\n']) {
      for (const next of ['*1\r\n$4\r\nPING\r\n', 'PING\r\n', '*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n']) {
        const pair = await twins.pair();
        pair.send(Buffer.from(empty + next + empty + next));
        await pair.sameReplies(t, 2, JSON.stringify(empty + next));
        for (const byte of Buffer.from(empty + next)) pair.send(Buffer.from([byte]));
        await pair.sameReplies(t, 1, `${JSON.stringify(empty + next)} byte by byte`);
        pair.close();
      }
    }
  });

  t.test('POST and Host: end the connection and nobody else’s', async (t) => {
    const witness = await twins.pair();
    await witness.same(t, ['SET', 'a', '1']);
    for (const request of [
      'POST / HTTP/1.1\r\nHost: x\r\n\r\nSET a 2\r\n',
      'Host: x\r\nSET a 2\r\n',
      'host: x\r\n',
      '*2\r\n$4\r\npost\r\n$1\r\n/\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n2\r\n',
    ]) {
      const pair = await twins.pair();
      pair.send(Buffer.from(request));
      await pair.sameEnd(t, JSON.stringify(request));
      pair.close();
      await witness.same(t, ['GET', 'a']);
    }
    const get = await twins.pair();
    await get.same(t, Buffer.from('GET / HTTP/1.1\r\n'));
    get.send(Buffer.from('Host: x\r\n\r\nSET a 2\r\n'));
    await get.sameEnd(t, 'Host: behind a GET');
    await witness.same(t, ['GET', 'a']);
    witness.close();
  });

  t.test('lines, counts and bulks beyond the limits', async (t) => {
    for (const request of [
      `${'x'.repeat(66_000)}`,
      `*${'1'.repeat(66_000)}`,
      '*2147483648\r\n',
      '*99999999999999999999\r\n',
      '*1\r\n$536870913\r\n',
      '*1\r\n$-1\r\n',
      '*1\r\n$99999999999999999999\r\n',
      '*1\r\n:1\r\n',
      '*1\r\n*1\r\n',
    ]) {
      const pair = await twins.pair();
      pair.send(Buffer.from(request));
      await pair.sameEnd(t, JSON.stringify(request.slice(0, 60)));
      pair.close();
    }
  });
});
