import t from 'tap';
import { NodeConnection } from '../../../src/control/node-connection.js';
import { Certificates } from '../../../src/tls/certificates.js';
import { tlsTo, type TlsTo } from '../../../src/tls/node-tls.js';
import { RecordingLog } from '../../unit/admin/recording-log.js';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startShard } from '../../support/shard.js';
import { TestCertificates } from '../../support/test-certificates.js';
import { until } from '../../support/until.js';

/** Short: a server that says nothing at all is waited for that long. */
const TIMEOUT_MS = 1000;

/** Trusts the CA, and has no certificate to show. */
function trusting(files: TestCertificates): TlsTo {
  const serverCa = { setting: 'tls_ca_cert_file', file: files.caFile };
  const certificates = Certificates.open({ servers: [], client: null, clientCa: null, serverCa }, new RecordingLog());
  return tlsTo(certificates, null);
}

/** Why neither path gets through to that node, in the words for operators. */
async function refusals(node: string, to: TlsTo | null): Promise<{ readonly control: string; readonly data: string }> {
  const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  const link = new NodeConnection(node, to === null ? {} : { tlsTo: to });
  const holdfast = await HoldfastInProcess.start(null, { tlsTo: to, connectTimeoutMs: TIMEOUT_MS });
  const [control, data] = await Promise.all([
    link.connect(TIMEOUT_MS).then(() => 'connected', wordsOf),
    holdfast.shard.prepare(node).then(() => 'connected', wordsOf),
  ]);
  link.close();
  await holdfast.stop();
  return { control, data };
}

void t.test('nodes that demand a certificate of Holdfast', async (t) => {
  const files = new TestCertificates();
  const shard = await startShard({ replicas: 1, tls: files });
  t.teardown(async () => {
    await shard.dispose();
    files.remove();
  });
  for (const server of [shard.master, ...shard.replicas]) await server.send('CONFIG', 'SET', 'tls-auth-clients', 'yes');
  const [candidate = ''] = shard.replicas.map(({ id }) => id);
  const asked = /certificate of Holdfast \(tls_cert_file or tls_client_cert_file\)/;

  await t.test('without one, both paths say so', async (t) => {
    const { control, data } = await refusals(shard.master.id, trusting(files));
    t.match(control, asked);
    t.match(data, asked);
    t.match(data, shard.master.id);
    const flags = ['--node-tls', `--tls-ca-cert-file=${files.caFile}`];
    const holdfast = await ServeProcess.launch({ nodes: shard.ids, flags });
    t.teardown(() => holdfast.dispose());
    await until('the log says so', () => asked.test(holdfast.log()));
    await holdfast.listening();
    t.equal((await holdfast.get('/readyz')).status, 503);
  });

  const { cert, key } = files.client;
  const shown = [
    ['tls_client_cert_file', [`--tls-client-cert-file=${cert}`, `--tls-client-key-file=${key}`]],
    ['tls_cert_file', [`--tls-cert-file=${files.server.cert}`, `--tls-key-file=${files.server.key}`]],
  ] as const;
  let [from, to] = [shard.master.id, candidate];
  for (const [name, own] of shown) {
    await t.test(`with ${name} they are served, and the master moves`, async (t) => {
      const flags = ['--node-tls', `--tls-ca-cert-file=${files.caFile}`, ...own];
      const holdfast = await ServeProcess.start({ nodes: [from, to], flags });
      t.teardown(() => holdfast.dispose());
      const client = await holdfast.client();
      t.equal(await client.call('SET', name, '1'), '+OK\r\n');
      const port = to.slice(to.lastIndexOf(':') + 1);
      t.equal(await holdfast.refusal('SWITCHOVER', 'TO', '127.0.0.1', port), '');
      await holdfast.reaches('serving');
      t.equal(await client.call('GET', name), '$1\r\n1\r\n');
      t.equal((await holdfast.fields('STATUS')).text('master'), to);
      client.close();
      [from, to] = [to, from];
    });
  }
});

void t.test('TLS to a port for plain text, and plain text to a port for TLS, are called that', async (t) => {
  const files = new TestCertificates();
  const plain = await RedisServer.start();
  const secure = await RedisServer.start({ tls: files });
  t.teardown(async () => {
    await Promise.all([plain.dispose(), secure.dispose()]);
    files.remove();
  });
  const [toPlain, toSecure] = await Promise.all([refusals(plain.id, trusting(files)), refusals(secure.id, null)]);
  // The greeting of TLS is random: with a line feed in it, Redis takes it for a command, and answers in plain text.
  const plainWords = /does it speak plain text there\?|what it sends is not TLS/;
  t.match(toPlain.control, plainWords);
  t.match(toPlain.data, plainWords);
  t.match(toSecure.control, /does it want TLS \(node_tls\)\?/);
  t.match(toSecure.data, /does it want TLS \(node_tls\)\?/);
  const frozen = await RedisServer.start();
  t.teardown(() => frozen.dispose());
  await frozen.freeze();
  const silent = await refusals(frozen.id, null);
  const nothing = `${frozen.id}: the port is open, but nothing was answered within ${TIMEOUT_MS} ms`;
  t.same(silent, { control: nothing, data: nothing });
  frozen.resume();
});
