import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type ConnectionOptions } from 'node:tls';
import t from 'tap';
import { RedisServer } from '../../support/redis-server.js';
import { ServeProcess } from '../../support/serve-process.js';
import { TestCertificates, type PairFiles } from '../../support/test-certificates.js';
import { until } from '../../support/until.js';
import { keyPem, makeIdentity } from '../../support/x509.js';

/** A signal and a few small files, on a busy machine: a renewal that takes longer will not come. */
const RENEWED_MS = 10_000;

/** Whom the certificate names that is shown at `port` to who asks for `servername`; null: for no name. */
async function shownTo(servername: string | null, port: number, options: ConnectionOptions): Promise<string> {
  // Whether it is the right one is judged here, not by the client.
  const checkServerIdentity = (): undefined => undefined;
  const name = servername === null ? {} : { servername };
  const { servername: _, ...trust } = options;
  const socket = connect({ host: '127.0.0.1', port, ...trust, ...name, checkServerIdentity });
  await once(socket, 'secureConnect');
  const subject = socket.getPeerX509Certificate()?.subject ?? '';
  socket.destroy();
  return subject.replace('CN=', '');
}

function flagsFor(pairs: readonly PairFiles[]): readonly string[] {
  return pairs.flatMap(({ cert, key }) => [`--tls-cert-file=${cert}`, `--tls-key-file=${key}`]);
}

void t.test('each client gets the certificate for the name that it asks for, on all three ports', async (t) => {
  const files = new TestCertificates();
  const redis = await RedisServer.start();
  const wild = files.issue('wild', { names: ['*.example.com'] });
  const named = files.issue('named', { names: ['redis.example.com', 'cache.test'] });
  const holdfast = await ServeProcess.start({
    nodes: [redis.id],
    tls: files,
    flags: [...flagsFor([files.server, wild, named]), '--tls-auth-clients=yes'],
  });
  t.teardown(async () => {
    await holdfast.dispose();
    await redis.dispose();
    files.remove();
  });
  const own = { cert: readFileSync(files.client.cert), key: readFileSync(files.client.key) };
  const trust = { ...files.trust, ...own };
  const wanted: readonly (readonly [string | null, string])[] = [
    [null, 'server'],
    ['localhost', 'server'],
    ['nobody.test', 'server'],
    ['a.example.com', 'wild'],
    ['A.Example.COM', 'wild'],
    ['b.a.example.com', 'server'],
    ['example.com', 'server'],
    ['redis.example.com', 'named'],
    ['cache.test', 'named'],
  ];
  for (const port of [holdfast.port, holdfast.adminAddress.port, Number(holdfast.httpId.split(':')[1])]) {
    for (const [name, subject] of wanted) t.equal(await shownTo(name, port, trust), subject, `${name} at ${port}`);
  }
  for (const { cert } of [files.server, wild, named]) {
    const expiry = await holdfast.metric(`holdfast_certificate_expiry_timestamp_seconds{file="${cert}"}`);
    t.ok(expiry > Date.now() / 1000, `expiry of ${cert}`);
  }

  // A client that comes back with its session is the same one: it has shown its certificate.
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { host: '127.0.0.1', port: holdfast.port, ...trust, servername: 'redis.example.com', maxVersion };
    const first = connect(options);
    const [session] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    const again = connect({ ...options, session });
    again.write('PING\r\n');
    const [reply] = (await once(again, 'data')) as [Buffer];
    t.equal(reply.toString(), '+PONG\r\n', maxVersion);
    t.equal(again.isSessionReused(), true, maxVersion);
    again.destroy();
  }
});

void t.test('each pair is renewed by itself: a broken one does not keep the others back', async (t) => {
  const files = new TestCertificates();
  const redis = await RedisServer.start();
  const other = files.issue('other', { names: ['other.test'] });
  const holdfast = await ServeProcess.start({ nodes: [redis.id], tls: files, flags: flagsFor([files.server, other]) });
  t.teardown(async () => {
    await holdfast.dispose();
    await redis.dispose();
    files.remove();
  });
  const shown = (name: string): Promise<string> => shownTo(name, holdfast.port, files.trust);
  const problem = async (): Promise<string> => (await holdfast.fields('STATUS')).text('tls_problem');

  writeFileSync(files.server.key, 'half a');
  const renewed = makeIdentity('renewed', { issuer: files.ca, names: ['other.test'] });
  writeFileSync(other.cert, renewed.cert);
  writeFileSync(other.key, keyPem(renewed));
  holdfast.signal('SIGHUP');
  await until('the good one is renewed', async () => (await shown('other.test')) === 'renewed', RENEWED_MS);
  t.equal(await shown('localhost'), 'server', 'the other stays');
  t.match(await problem(), `tls_key_file ${files.server.key} holds no private key`);
  t.notMatch(await problem(), other.cert);

  const rival = makeIdentity('rival', { issuer: files.ca, names: ['other.test', 'localhost'] });
  writeFileSync(files.server.cert, rival.cert);
  writeFileSync(files.server.key, keyPem(rival));
  holdfast.signal('SIGHUP');
  await until('the conflict is told', async () => (await problem()).includes('are both for other.test'), RENEWED_MS);
  t.equal(await shown('other.test'), 'renewed');
  t.equal(await shown('localhost'), 'server');

  const good = makeIdentity('good', { issuer: files.ca, names: ['localhost'] });
  writeFileSync(files.server.cert, good.cert);
  writeFileSync(files.server.key, keyPem(good));
  holdfast.signal('SIGHUP');
  await until('all are good', async () => (await shown('localhost')) === 'good', RENEWED_MS);
  t.equal(await problem(), '');
});
