import t from 'tap';
import { spawnSync } from 'node:child_process';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';

const NO_PRLIMIT =
  spawnSync('prlimit', ['--version']).status === 0 ? '' : 'skipped: prlimit, which stands for a full disk, is missing';

void t.test('a disk that is full under log and state', { skip: NO_PRLIMIT }, async (t) => {
  const { holdfast, client, switchover } = await startStage(t, { replicas: 1 });
  const limit = (bytes: string): void => {
    spawnSync('prlimit', ['--pid', String(holdfast.pid), `--fsize=${bytes}:unlimited`]);
  };
  limit('0');
  t.match(await switchover(), /^REFUSED state-not-writable /);
  for (let n = 0; n < 20; n++) t.match(await holdfast.refusal('SWITCHOVER'), /^REFUSED state-not-writable /);
  t.equal(await client.call('INCR', 'n'), ':1\r\n', 'applications are served');
  t.ok(holdfast.running);

  limit('unlimited');
  t.equal(await switchover(), '');
  t.equal(await client.call('INCR', 'n'), ':2\r\n');
  await until('the log goes on', () => holdfast.log().includes('"outcome":"switched"'));
  t.match(holdfast.log(), /state-not-writable/, 'with what could not be written before');
});
