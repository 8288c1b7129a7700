import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { until } from '../../support/until.js';
import { Twins } from './support/twins.js';

const MIB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of all buffers that are still in use. */
function buffersInUse(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

t.test('large values', async (t) => {
  const twins = await Twins.start();
  t.teardown(() => twins.stop());
  const { holdfast, behind } = twins;
  const { port } = holdfast.target;

  t.test('5 MB, whole and in a pipeline, and for a transaction', async (t) => {
    const value = randomBytes(5 * MIB);
    const channels = Array.from({ length: 1000 }, (_each, at) => `channel-${at}-${'x'.repeat(400)}`);
    const pair = await twins.pair();
    await pair.same(t, ['SET', 'five', value]);
    await pair.same(t, ['STRLEN', 'five']);
    await pair.same(t, ['APPEND', 'five', value]);
    for (const words of [
      ['MULTI'],
      ['SET', 'in-multi', value],
      ['STRLEN', 'in-multi'],
      ['EXEC'],
      ['GETRANGE', 'five', '0', '9'],
      ['SET', 'x', value],
      ['SET'],
    ]) {
      await pair.same(t, words);
    }
    await pair.same(t, ['NOSUCHCOMMAND', value]);
    await pair.same(t, ['EVAL', `return #KEYS[1]--${'x'.repeat(400_000)}`, '1', 'k']);
    await pair.same(t, ['SUBSCRIBE', ...channels], 1000);
    await pair.same(t, ['UNSUBSCRIBE', ...channels], 1000);
    pair.close();
  });

  t.test('100 MB both ways cost the proxy a little', async (t) => {
    const chunk = randomBytes(MIB);
    const megabytes = 100;
    const wanted = createHash('sha256');
    for (let at = 0; at < megabytes; at++) wanted.update(chunk);
    // What this test keeps itself is one chunk; everything above that is the proxy's.
    const before = buffersInUse();
    let most = 0;
    let looks = 0;
    const look = (): void => {
      if (looks++ % 64 === 0) most = Math.max(most, buffersInUse() - before);
    };

    const writer = connect({ host: '127.0.0.1', port });
    writer.write(`*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$${megabytes * MIB}\r\n`);
    for (let at = 0; at < megabytes; at++) {
      if (!writer.write(chunk)) await new Promise((resolve) => writer.once('drain', resolve));
      look();
    }
    writer.write('\r\n');
    t.equal(String(await new Promise((resolve) => writer.once('data', resolve))), '+OK\r\n');
    writer.destroy();

    const reader = connect({ host: '127.0.0.1', port });
    reader.write('GET big\r\n');
    const found = createHash('sha256');
    const header = `$${megabytes * MIB}\r\n`.length;
    let seen = 0;
    for await (const piece of reader as AsyncIterable<Buffer>) {
      const from = Math.max(0, header - seen);
      const end = header + megabytes * MIB - seen;
      if (from < piece.length) found.update(piece.subarray(from, Math.min(piece.length, end)));
      seen += piece.length;
      look();
      if (seen === header + megabytes * MIB + 2) break;
    }
    t.equal(found.digest('hex'), wanted.digest('hex'));
    t.ok(most < 32 * MIB, `at most ${Math.round(most / MIB)} MiB more than before`);
  });

  t.test('a client that does not read a large reply does not hold up the one behind it', async (t) => {
    const slow = connect({ host: '127.0.0.1', port });
    slow.pause();
    slow.write('GET big\r\n');
    const behindIt = await holdfast.client();
    await until('it is asked for', () => [...holdfast.shard.clients.values()].some((each) => each.outstanding === 1));
    t.equal(await behindIt.call('PING'), '+PONG\r\n', 'who stands behind it on the lane does not wait for ever');
    slow.destroy();
    behindIt.close();
    await until('both are gone', () => holdfast.shard.clients.size === 0);
  });

  t.test('nobody queues up behind a large reply that is not read, and it stays on the server', async (t) => {
    const before = buffersInUse();
    const slow = connect({ host: '127.0.0.1', port });
    slow.pause();
    slow.write('GET big\r\n');
    await until('it is backed up', () => [...holdfast.shard.clients.values()].some((each) => each.output.unsent > MIB));
    const other = await holdfast.client();
    for (let round = 0; round < 200; round++) await other.call('PING');
    t.equal(await other.call('STRLEN', 'x'), `:${5 * MIB}\r\n`);
    t.equal(
      await other.call('GETRANGE', 'x', '0', String(MIB - 1)).then((reply) => reply.length),
      MIB + '$1048576\r\n\r\n'.length,
    );
    const most = buffersInUse() - before;
    t.ok(most < 32 * MIB, `at most ${Math.round(most / MIB)} MiB more than before`);
    slow.destroy();
    other.close();
    await until('both are gone', () => holdfast.shard.clients.size === 0);
  });

  t.test('a client that leaves in the middle leaves nothing behind', async (t) => {
    const half = await holdfast.client();
    half.send(`*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$${10 * MIB}\r\n`);
    half.send(randomBytes(MIB));
    await until('it is being sent', () => [...holdfast.shard.clients.values()].some(({ link }) => link !== null));
    half.socket.resetAndDestroy();
    await until('it is gone', () => holdfast.shard.clients.size === 0);
    const other = await holdfast.client();
    for (const line of ['MULTI', 'EXISTS half', 'EXEC']) t.notMatch(await other.call(...line.split(' ')), /^-/);
    t.equal(await behind.send('EXISTS', 'half'), 0);
    other.close();
  });
});
