import t from 'tap';
import { scaled } from '../../support/scale.js';
import { startStage } from '../../support/stage.js';
import { workWhileMoving } from './support/application.js';
import { runProgram, skipWithout } from './support/program.js';

const REQUESTS = scaled(1000, 100_000);

/** Each line of `-q` is a test that ran to its end; what went wrong stands between them or on standard error. */
async function benchmark(port: number, args: readonly string[]): Promise<readonly string[]> {
  const { status, stdout, stderr } = await runProgram('redis-benchmark', ['-p', String(port), '-q', ...args]);
  const last = stdout.split(/[\r\n]+/).map((line) => line.trim());
  const unexpected = last.filter((line) => line !== '' && !/: (rps=|[\d.]+ requests per second)/.test(line));
  const complaint = stderr.replace(/^WARNING: Keepalive disabled.*\n/m, '');
  if (status !== 0 || complaint !== '' || unexpected.length > 0) {
    throw new Error(`redis-benchmark ${args.join(' ')} ended with ${status}: ${complaint}${unexpected.join('\n')}`);
  }
  return last.filter((line) => line.includes('requests per second'));
}

void t.test('redis-benchmark', { skip: skipWithout('redis-benchmark') }, async (t) => {
  const stage = await startStage(t, { replicas: 1 });
  const run = (...args: readonly string[]): Promise<readonly string[]> => benchmark(stage.holdfast.port, args);

  await t.test('runs its standard tests', async (t) => {
    const all = await run('-n', String(REQUESTS), '-c', '50', '-P', '16');
    t.equal(all.length, 20);
    t.match(all[0], 'PING_INLINE');
    t.match(all.at(-1), 'MSET');
  });

  await t.test('goes on over RESP3, with threads, in another database, with tracking and anew each time', async (t) => {
    const few = ['-n', String(REQUESTS), '-t', 'set,incr,lpush'];
    for (const way of [['-3'], ['--threads', '2'], ['--dbnum', '3', '-r', '1000'], ['-3', '--enable-tracking']]) {
      t.equal((await run(...few, ...way)).length, 3, way.join(' '));
    }
    t.equal((await run('-n', '200', '-k', '0', '-t', 'incr')).length, 1, 'a connection for each');
  });

  await t.test('counts what it should count while the master moves', async (t) => {
    let counted = 0;
    const count = async (): Promise<void> => {
      await run('-n', String(REQUESTS), '-c', '20', '-P', '4', 'INCR', 'benchmark');
      counted += REQUESTS;
    };
    await workWhileMoving(t, stage, 1, count, 1);
    t.equal(await stage.client.call('INCR', 'benchmark'), `:${counted + 1}\r\n`);
  });
});
