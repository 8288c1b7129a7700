import t from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { ServeProcess } from '../../support/serve-process.js';
import { until } from '../../support/until.js';

const IDLE = 'holdfast_clients_closed_total{reason="idle"}';

t.test('half a request costs nobody anything', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await ServeProcess.start({ nodes: [server.id] });
  t.teardown(() => holdfast.dispose());
  const upstreams = await holdfast.metric('holdfast_upstreams{kind="lane"}');

  const requests = [
    'SET inline 1\r\n',
    encodeCommand('APPEND', 'framed', 'x').toString(),
    '*1\r\n$4\r\nMULTI\r\n'.slice(0, -4),
  ];
  const talkers: RawClient[] = [];
  for (let at = 0; at < 150; at++) talkers.push(await holdfast.client());
  t.teardown(() => {
    for (const talker of talkers) talker.close();
  });
  const other = await holdfast.client();
  t.teardown(() => other.close());
  const longest = Math.max(...requests.map((request) => request.length));
  for (let byte = 0; byte < longest; byte++) {
    for (const [at, talker] of talkers.entries()) talker.send(requests[at % 3]?.charAt(byte) ?? '');
    if ((await other.call('INCR', 'others')) !== `:${byte + 1}\r\n`) t.fail(`after ${byte} bytes of each`);
  }
  for (const [at, talker] of talkers.entries()) {
    if (at % 3 < 2) await talker.replies(1);
    else if (talker.received.length > 0) t.fail('half a request is answered');
  }
  t.equal(await other.call('STRLEN', 'framed'), ':50\r\n');
  t.equal(await holdfast.metric('holdfast_upstreams{kind="private"}'), 0);
  t.equal(await holdfast.metric('holdfast_upstreams{kind="lane"}'), upstreams, 'no connection to the server is theirs');
  t.equal(await holdfast.metric(IDLE), 0, 'silence is allowed');
});

t.test('a client that says nothing for client_idle_timeout_ms is disconnected', async (t) => {
  const server = await RedisServer.start();
  t.teardown(() => server.dispose());
  const holdfast = await ServeProcess.start({ nodes: [server.id], flags: ['--client-idle-timeout-ms=400'] });
  t.teardown(() => holdfast.dispose());
  const open = async (says: string): Promise<RawClient> => {
    const client = await holdfast.client();
    t.teardown(() => client.close());
    client.send(says);
    return client;
  };
  const subscriber = await open('SUBSCRIBE news\r\n');
  const monitor = await open('MONITOR\r\n');
  const blocked = await open('BLPOP list 0\r\n');
  const busy = await open('PING\r\n');
  const silent = [
    await open(''),
    await open('PING\r\n'),
    await open('*2\r\n$3\r\nGET'),
    await open('MULTI\r\nPING\r\n'),
  ];
  t.equal(String(await busy.replies(1)), '+PONG\r\n');
  let isOver = false;
  const talking = (async () => {
    while (!isOver) if ((await busy.call('ECHO', 'still here')) === '') t.fail('no reply');
  })();
  await Promise.all(silent.map((client) => client.ended()));
  isOver = true;
  await talking;
  t.equal(await holdfast.metric(IDLE), silent.length);
  t.notOk(busy.isEnded, 'who talks stays');
  await until('the monitor has seen the last of them', () => monitor.received.includes('still here'));
  t.equal(await busy.call('RPUSH', 'list', 'one'), ':1\r\n');
  t.match(String(await blocked.replies(1)), /one/, 'who waits stays');
  t.equal(await busy.call('PUBLISH', 'news', 'now'), ':1\r\n');
  await until('the message has come', () => subscriber.received.includes('now'));
});
