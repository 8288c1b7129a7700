import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { Certificates } from '../../../src/tls/certificates.js';
import type { ClientCertificates } from '../../../src/tls/tls-server.js';
import { RecordingLog } from '../../unit/admin/recording-log.js';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RawClient } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { TestCertificates, type PairFiles } from '../../support/test-certificates.js';
import { makeIdentity } from '../../support/x509.js';

interface Stage {
  readonly files: TestCertificates;
  readonly log: RecordingLog;
  readonly port: number;
  /** `+PONG`, or why not. */
  readonly ping: (pair?: PairFiles) => Promise<string>;
  /** Whether a connection was refused for that reason: told before the client notices. */
  readonly refused: (reason: string) => boolean;
}

async function start(t: Test, clientCertificates: ClientCertificates, timeoutMs = 5000): Promise<Stage> {
  const files = new TestCertificates();
  const log = new RecordingLog();
  const setting = { cert: 'tls_cert_file', key: 'tls_key_file', password: 'tls_key_password' };
  const server = { setting, certFile: files.server.cert, keyFile: files.server.key, password: null };
  const clientCa = { setting: 'tls_ca_cert_file', file: files.caFile };
  const certificates = Certificates.open({ servers: [server], client: null, clientCa, serverCa: null }, log);
  const redis = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(redis.id, {
    log,
    handshakeTimeoutMs: timeoutMs,
    tls: { certificates, clientCertificates, handshakeTimeoutMs: timeoutMs },
  });
  t.teardown(async () => {
    await holdfast.stop();
    await redis.dispose();
    files.remove();
  });
  const { port } = holdfast.target;
  return {
    files,
    log,
    port,
    async ping(pair) {
      const shown = pair === undefined ? {} : { cert: readFileSync(pair.cert), key: readFileSync(pair.key) };
      try {
        const client = await RawClient.connect({ host: '127.0.0.1', port, tls: { ...files.trust, ...shown } });
        const reply = await client.call('PING');
        client.close();
        return reply.trim();
      } catch (error) {
        return String(error);
      }
    },
    refused: (reason) => log.lines.some(({ fields }) => 'reason' in fields && fields.reason === reason),
  };
}

void t.test('a certificate is asked for', async (t) => {
  const { files, ping, refused } = await start(t, 'yes');
  t.equal(await ping(files.client), '+PONG');
  t.not(await ping(), '+PONG', 'none');
  t.equal(refused('no-certificate'), true, 'no-certificate is logged');
  const other = new TestCertificates();
  t.teardown(() => other.remove());
  t.not(await ping(other.client), '+PONG', 'of another CA');
  t.not(await ping(files.issue('old', { notAfter: new Date(Date.now() - 1000) })), '+PONG', 'expired');
  t.equal(refused('bad-certificate'), true, 'bad-certificate is logged');
});

void t.test('a certificate may be shown, and then it has to be good', async (t) => {
  const { files, ping, refused } = await start(t, 'optional');
  t.equal(await ping(), '+PONG', 'none');
  t.equal(await ping(files.client), '+PONG');
  t.not(await ping(files.issue('selfmade', { issuer: makeIdentity('stranger', { ca: true }) })), '+PONG');
  t.equal(refused('bad-certificate'), true, 'bad-certificate is logged');
});

void t.test('plain bytes, and no bytes at all, end the connection; others are served meanwhile', async (t) => {
  const { port, ping, refused } = await start(t, 'no', 300);
  const silent = await RawClient.connect({ host: '127.0.0.1', port });
  for (const bytes of ['*1\r\n$4\r\nPING\r\n', 'GET / HTTP/1.1\r\n\r\n']) {
    const plain = await RawClient.connect({ host: '127.0.0.1', port });
    plain.send(bytes);
    await plain.ended();
  }
  t.equal(refused('plain-text'), true, 'plain-text is logged');
  t.equal(await ping(), '+PONG');
  t.equal((await silent.ended()).length, 0);
  t.equal(refused('handshake-timeout'), true, 'handshake-timeout is logged');
});

void t.test('TLS 1.1 is refused', async (t) => {
  const { files, port, refused } = await start(t, 'no');
  const old = connectTls({
    host: '127.0.0.1',
    port,
    ...files.trust,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT:@SECLEVEL=0',
  });
  await t.rejects(once(old, 'secureConnect'));
  t.equal(refused('tls-failed'), true, 'tls-failed is logged');
});

void t.test('hundreds that connect at once get in, and those who are there are served meanwhile', async (t) => {
  const { files, port } = await start(t, 'no');
  const tls = files.trust;
  const there = await RawClient.connect({ host: '127.0.0.1', port, tls });
  const crowd = Array.from({ length: 200 }, () => RawClient.connect({ host: '127.0.0.1', port, tls }));
  let served = 0;
  let inside = false;
  const all = Promise.all(crowd).then((clients) => {
    inside = true;
    return clients;
  });
  while (!inside) {
    t.equal(await there.call('PING'), '+PONG\r\n');
    served++;
  }
  t.ok(served > 1, `${served} answers meanwhile`);
  const clients = await all;
  t.same(new Set(await Promise.all(clients.map((client) => client.call('PING')))), new Set(['+PONG\r\n']));
  for (const client of [there, ...clients]) client.close();
});

void t.test('whoever connects and leaves is not worth a word', async (t) => {
  const { port, log, ping } = await start(t, 'no');
  const probe = connect({ host: '127.0.0.1', port });
  await once(probe, 'connect');
  probe.end();
  await once(probe.resume(), 'close');
  t.equal(await ping(), '+PONG');
  t.same(
    log.lines.filter(({ level }) => level === 'warn'),
    [],
  );
});
