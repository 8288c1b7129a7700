import t from 'tap';
import { until } from '../../support/until.js';
import { Twins } from './support/twins.js';

/** The server answers others again, with BUSY, when a script has run for this long. */
const BUSY_AFTER = { 'busy-reply-threshold': '20' };

t.test('a script that hangs can be killed by another client, as on the server itself', async (t) => {
  const twins = await Twins.start({ config: BUSY_AFTER });
  t.teardown(() => twins.stop());
  const [culprit, rescuer, reader] = await Promise.all([twins.pair(), twins.pair(), twins.pair()]);
  t.teardown(() => [culprit, rescuer, reader].forEach((pair) => pair.close()));

  await reader.same(t, ['SET', 'key', 'value']);
  await rescuer.same(t, ['SCRIPT', 'KILL']);
  culprit.send(['EVAL', 'while true do end', '0']);
  for (const client of [rescuer.direct, rescuer.proxied]) {
    await until('the script is killed', async () => (await client.call('SCRIPT', 'KILL')) === '+OK\r\n');
  }
  await culprit.sameReplies(t, 1, 'the words of a script that was killed');
  await reader.same(t, ['GET', 'key']);
  await rescuer.same(t, ['FUNCTION', 'KILL']);
  await rescuer.same(t, ['FUNCTION', 'STATS']);
});

t.test('the debugger of one client does not stop the scripts of others', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const [debugging, another] = await Promise.all([twins.pair(), twins.pair()]);
  t.teardown(() => [debugging, another].forEach((pair) => pair.close()));
  await debugging.same(t, ['SCRIPT', 'DEBUG', 'YES']);
  await another.same(t, ['EVAL', 'return 1', '0']);
  await debugging.same(t, ['GET', 'key']);
  await debugging.same(t, ['SCRIPT', 'DEBUG', 'NO']);
  await debugging.same(t, ['EVAL', 'return 2', '0']);
});
