import t from 'tap';
import { NO_SENTINEL } from '../../support/sentinels.js';
import { TestCertificates } from '../../support/test-certificates.js';
import { startSentinelStage } from './support/sentinel-stage.js';

void t.test('TLS to the nodes is TLS to the Sentinels too', { skip: NO_SENTINEL }, async (t) => {
  const tls = new TestCertificates();
  t.teardown(() => tls.remove());
  const { sentinels, candidate, client, holdfast, switchover } = await startSentinelStage(t, { tls });
  t.equal(await switchover(), '');
  t.match(await client.call('INCR', 'after'), /^:1/);
  await sentinels.agreeOn(candidate, 1);
  t.notMatch(holdfast.log(), /can not be heard/);
});
