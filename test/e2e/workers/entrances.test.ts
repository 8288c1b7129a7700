import { join } from 'node:path';
import t from 'tap';
import { scaled } from '../../support/scale.js';
import { encodeCommand, RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startStage } from '../../support/stage.js';
import { switchRounds } from '../../support/switch-rounds.js';
import { TestCertificates } from '../../support/test-certificates.js';

void t.test('connections that are handed over: TLS', async (t) => {
  const files = new TestCertificates();
  t.teardown(() => files.remove());
  const stage = await startStage(t, { replicas: 1, tls: files, flags: ['--workers=2'] });
  const { holdfast } = stage;
  const clients = await Promise.all(Array.from({ length: 10 }, () => holdfast.client()));
  t.teardown(() => clients.forEach((client) => client.close()));
  let written = 0;
  await switchRounds(t, stage, scaled(3, 50), async () => {
    const replies = await Promise.all(clients.map((client) => client.call('INCR', 'n')));
    written += replies.filter((reply) => reply.startsWith(':')).length;
  });
  t.equal(await clients[0]?.call('GET', 'n'), `$2\r\n${written}\r\n`, 'each ran once');
  // Plain text on a TLS port is refused by a worker, and counted by all.
  const plain = await RawClient.connect({ host: '127.0.0.1', port: holdfast.port });
  plain.send(encodeCommand('PING'));
  await plain.ended();
  const refused = 'holdfast_connections_refused_total{listener="application",reason="plain-text"}';
  t.equal(await holdfast.metric(refused), 1);
});

void t.test(
  'connections that are handed over: Unix sockets, PROXY headers, and a client that ends its side',
  async (t) => {
    const files = new TestCertificates();
    t.teardown(() => files.remove());
    const path = join(files.directory, 'socket');
    const flags = ['--workers=2', `--listen=unix:${path}`, '--proxy-protocol-from=127.0.0.1'];
    const server = await RedisServer.start();
    t.teardown(() => server.dispose());
    const holdfast = await ServeProcess.start({ nodes: [server.id], flags });
    t.teardown(() => holdfast.dispose());

    const local = await RawClient.connect({ path });
    t.teardown(() => local.close());
    t.match(await local.call('CLIENT', 'INFO'), /addr=unixsocket /);

    const distant = await holdfast.client();
    distant.send(Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4660 6380\r\n'));
    t.match(await distant.call('CLIENT', 'INFO'), /addr=192\.0\.2\.7:4660 /);
    // What it has asked for is still answered.
    distant.send(Buffer.concat([encodeCommand('INCR', 'n'), encodeCommand('INCR', 'n')]));
    distant.socket.end();
    t.equal((await distant.replies(2)).toString(), ':1\r\n:2\r\n');
    await distant.ended();
  },
);
