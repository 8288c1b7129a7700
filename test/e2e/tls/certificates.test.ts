import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import t from 'tap';
import { RedisServer } from '../../support/redis-server.js';
import { runHoldfast, ServeProcess } from '../../support/serve-process.js';
import { startStage } from '../../support/stage.js';
import { TestCertificates } from '../../support/test-certificates.js';
import { until } from '../../support/until.js';
import { keyPem, makeIdentity } from '../../support/x509.js';

/** Whom the certificate of that port names. */
async function subjectAt(port: number, files: TestCertificates): Promise<string> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, ...files.trust });
  await once(socket, 'secureConnect');
  const subject = socket.getPeerX509Certificate()?.subject ?? '';
  socket.destroy();
  return subject;
}

/** Puts a new pair in place as Kubernetes does: a directory that a symbolic link then points to. */
function swapIn(files: TestCertificates, generation: string, cert: string, key: string): void {
  const directory = join(files.directory, generation);
  mkdirSync(directory);
  writeFileSync(join(directory, 'tls.crt'), cert);
  writeFileSync(join(directory, 'tls.key'), key);
  const link = join(files.directory, `${generation}.link`);
  symlinkSync(generation, link);
  renameSync(link, join(files.directory, '..data'));
}

void t.test('certificates are renewed while it runs; bad ones are not used', async (t) => {
  const files = new TestCertificates();
  const redis = await RedisServer.start();
  const make = (name: string) => makeIdentity(name, { issuer: files.ca, names: ['localhost'] });
  const first = make('first');
  swapIn(files, 'one', first.cert, keyPem(first));
  const data = join(files.directory, '..data');
  const flags = [`--tls-cert-file=${data}/tls.crt`, `--tls-key-file=${data}/tls.key`];
  const holdfast = await ServeProcess.start({ nodes: [redis.id], tls: files, flags });
  t.teardown(async () => {
    await holdfast.dispose();
    await redis.dispose();
    files.remove();
  });
  const client = await holdfast.client();
  const ports = [holdfast.port, holdfast.adminAddress.port, Number(holdfast.httpId.split(':')[1])];
  const subjects = async (): Promise<readonly string[]> => Promise.all(ports.map((port) => subjectAt(port, files)));
  t.same(await subjects(), ['CN=first', 'CN=first', 'CN=first']);

  const second = make('second');
  swapIn(files, 'two', second.cert, keyPem(second));
  holdfast.signal('SIGHUP');
  await until('the new one is shown', async () => (await subjectAt(holdfast.port, files)) === 'CN=second');
  t.same(await subjects(), ['CN=second', 'CN=second', 'CN=second']);
  t.equal(await client.call('PING'), '+PONG\r\n', 'a connection that is there goes on');

  const third = make('third');
  swapIn(files, 'three', third.cert, keyPem(second));
  holdfast.signal('SIGHUP');
  const status = async (): Promise<string> => (await holdfast.fields('STATUS')).text('tls_problem');
  await until('it is noticed', async () => (await status()) !== '');
  t.match(await status(), /tls_key_file .* does not belong to the certificate in tls_cert_file/);
  t.equal(await holdfast.metric('holdfast_alarm{alarm="tls-files"}'), 1);
  t.same(await subjects(), ['CN=second', 'CN=second', 'CN=second'], 'the old one stays');

  swapIn(files, 'four', third.cert, keyPem(third));
  holdfast.signal('SIGHUP');
  await until('it is good again', async () => (await subjectAt(holdfast.port, files)) === 'CN=third');
  t.equal(await status(), '');
  t.equal(await holdfast.metric('holdfast_alarm{alarm="tls-files"}'), 0);
  client.close();
});

void t.test('operators over TLS, with a certificate of their own; redis-cli too', async (t) => {
  const files = new TestCertificates();
  t.teardown(() => files.remove());
  const { holdfast, from } = await startStage(t, { replicas: 1, tls: files });
  const admin = `tls://localhost:${holdfast.adminAddress.port}`;
  const status = await runHoldfast('nodes', '--admin', admin, '--tls-ca-cert-file', files.caFile);
  t.equal(status.status, 0, status.stderr);
  t.match(status.stdout, from);
  const strange = new TestCertificates();
  t.teardown(() => strange.remove());
  const distrustful = await runHoldfast('nodes', '--admin', admin, '--tls-ca-cert-file', strange.caFile);
  t.equal(distrustful.status, 4);
  t.match(distrustful.stderr, 'signed by a CA that is not trusted here');
  const cli = ['--tls', '--cacert', files.caFile, '-h', 'localhost', '-p', String(holdfast.adminAddress.port), 'PING'];
  if (spawnSync('redis-cli', ['--version']).status === 0) {
    const child = spawn('redis-cli', cli, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [answer] = (await once(child.stdout, 'data')) as [Buffer];
    t.equal(answer.toString().trim(), 'PONG');
  }
});

void t.test('a node with a wrong certificate is named, with what is wrong', async (t) => {
  const files = new TestCertificates();
  const other = files.issue('other', { names: ['localhost'] });
  const redis = await RedisServer.start({
    tls: files,
    config: { 'tls-cert-file': other.cert, 'tls-key-file': other.key },
  });
  const holdfast = await ServeProcess.launch({
    nodes: [redis.id],
    flags: ['--node-tls', `--tls-ca-cert-file=${files.caFile}`],
  });
  const named = await ServeProcess.start({
    nodes: [redis.id],
    flags: ['--node-tls', `--tls-ca-cert-file=${files.caFile}`, '--node-tls-server-name=localhost'],
  });
  t.teardown(async () => {
    await Promise.all([holdfast.dispose(), named.dispose()]);
    await redis.dispose();
    files.remove();
  });
  await until('it is said', () => holdfast.log().includes('is for another name'));
  t.match(holdfast.log(), redis.id);
  t.pass('with node_tls_server_name it is served');
});
