import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { scaled } from '../../support/scale.js';
import { Twins } from '../proxy/support/twins.js';

t.test('CVE-2023-28858 and -28859: replies to requests that were given up reach nobody else', async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));
  await server.send('SET', 'secret', 'of-the-quitter');
  await server.send('SET', 'mine', 'of-the-honest');
  const honest = await holdfast.client();
  const others = await holdfast.client();
  for (let round = 0; round < scaled(100, 1000); round++) {
    const quitter = await holdfast.client();
    // Sent and abandoned in the same instant, whole, in a pipeline, or in the middle of a request.
    quitter.send(encodeCommand('GET', 'secret'));
    if (round % 3 === 1) quitter.send(Buffer.concat(Array.from({ length: 50 }, () => encodeCommand('GET', 'secret'))));
    if (round % 3 === 2) quitter.send('*2\r\n$3\r\nGET\r\n$6\r\nsec');
    honest.send(encodeCommand('GET', 'mine'));
    if (round % 2 === 0) quitter.socket.resetAndDestroy();
    else quitter.close();
    const [mine, ping] = await Promise.all([honest.replies(1), others.call('ECHO', String(round))]);
    if (mine.toString() !== '$13\r\nof-the-honest\r\n') t.fail(mine.toString());
    if (!ping.endsWith(`\r\n${round}\r\n`)) t.fail(ping);
  }
  t.equal(honest.received.length, 0);
  honest.close();
  others.close();
});

t.test('a connection on which the server still owes silence goes to nobody else', async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));
  const skip = encodeCommand('CLIENT', 'REPLY', 'SKIP');
  for (const last of [encodeCommand('QUIT'), Buffer.from('*x\r\n'), encodeCommand('RESET'), Buffer.alloc(0)]) {
    const quitter = await holdfast.client();
    quitter.send(Buffer.concat([skip, last]));
    if (last.length > 0) quitter.send(encodeCommand('QUIT'));
    else quitter.socket.end();
    await quitter.ended();
    quitter.close();
    const heir = await holdfast.client();
    for (const [words, reply] of [
      [['MULTI'], '+OK\r\n'],
      [['ECHO', 'x'], '+QUEUED\r\n'],
      [['EXEC'], '*1\r\n$1\r\nx\r\n'],
    ] as const) {
      t.equal(await heir.call(...words), reply, JSON.stringify(last.toString()));
    }
    heir.close();
  }
});

t.test('CVE-2025-67733: line ends in the error of a script do not split its reply', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const [author, reader] = await Promise.all([twins.pair(), twins.pair()]);
  const texts = [
    'a\\r\\n+injected',
    'ERR x\\r\\n$3\\r\\nbad\\r\\n',
    '\\r\\n',
    '\\n',
    '-ERR\\r\\n:1\\r\\n:2',
    'x\\r\\n*1\\r\\n$1\\r\\nx',
  ];
  for (const text of texts) {
    for (const script of [
      `return redis.error_reply("${text}")`,
      `return {err="${text}"}`,
      `return redis.status_reply("${text}")`,
      `return {ok="${text}"}`,
      `error("${text}")`,
      `error({err="${text}"})`,
      `return redis.call("${text}")`,
      `return redis.pcall("${text}")`,
      `return {{err="${text}"},{ok="${text}"},"${text}"}`,
    ]) {
      author.send(['EVAL', script, '0']);
      reader.send(['ECHO', 'the reader’s own']);
      await author.sameReplies(t, 1, script);
      await reader.sameReplies(t, 1, 'the next reply is the reader’s');
    }
    author.send(['NOSUCH\r\n+injected', text]);
    await author.sameReplies(t, 1, 'an unknown command');
  }
  await author.same(t, ['ECHO', 'the end']);
  author.close();
  reader.close();
});
