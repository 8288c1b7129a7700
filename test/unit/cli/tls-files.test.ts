import t from 'tap';
import { TestCertificates } from '../../support/test-certificates.js';
import { holdfast } from './command-line.js';

void t.test('files that are not good are an error at the start, and of check-config', async (t) => {
  const files = new TestCertificates();
  t.teardown(() => files.remove());
  const locked = files.issue('locked', {}, 'sesame');
  const other = files.issue('other', { names: ['localhost'] });
  const nameless = files.issue('nameless');
  const first = [`--tls-cert-file=${files.server.cert}`, `--tls-key-file=${files.server.key}`];
  const config = (...flags: readonly string[]) =>
    holdfast(['check-config', '--node=a:1', '--listen=tls://:6390', '--tls-auth-clients=no', ...flags]);
  const tries = [
    [
      ['--tls-cert-file=/nowhere', `--tls-key-file=${files.server.key}`],
      /tls_cert_file \/nowhere can not be read: ENOENT/,
    ],
    [[`--tls-cert-file=${files.server.key}`, `--tls-key-file=${files.server.key}`], /holds no certificate in PEM/],
    [
      [`--tls-cert-file=${locked.cert}`, `--tls-key-file=${locked.key}`],
      /is encrypted: tls_key_password must be given/,
    ],
    [
      [`--tls-cert-file=${locked.cert}`, `--tls-key-file=${locked.key}`, '--tls-key-password=x'],
      /can not be opened with tls_key_password/,
    ],
    [[`--tls-cert-file=${files.server.cert}`], /tls_cert_file needs tls_key_file/],
    [[`--tls-key-file=${files.server.key}`], /tls_key_file needs tls_cert_file/],
    [
      [...first, `--tls-cert-file=${other.cert}`],
      /tls_cert_file \(2\) and tls_key_file \(1\) must name as many files, in the same order/,
    ],
    [
      [...first, `--tls-cert-file=${other.cert}`, `--tls-key-file=${locked.key}`, '--tls-key-password=sesame'],
      /tls_key_file \S+locked.key does not belong to the certificate in tls_cert_file \S+other.pem/,
    ],
    [
      [...first, `--tls-cert-file=${other.cert}`, `--tls-key-file=${other.key}`],
      /tls_cert_file \S+server.pem and \S+other.pem are both for localhost/,
    ],
    [
      [...first, `--tls-cert-file=${nameless.cert}`, `--tls-key-file=${nameless.key}`],
      /tls_cert_file \S+nameless.pem has no DNS name/,
    ],
    [[], /listen tls:\/\/\[::\]:6390 needs tls_cert_file/],
  ] as const;
  for (const [flags, wanted] of tries) {
    const { exitCode, stderr } = await config(...flags);
    t.equal(exitCode, 2);
    t.match(stderr, wanted);
  }
  const good = await config(
    `--tls-cert-file=${locked.cert}`,
    `--tls-key-file=${locked.key}`,
    '--tls-key-password=sesame',
  );
  t.equal(good.exitCode, 0, good.stderr);
  t.notMatch(good.stdout, 'sesame');
});
