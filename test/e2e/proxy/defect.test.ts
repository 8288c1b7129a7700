import t, { type Test } from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { encodeCommand } from '../../support/raw-client.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

/** Holdfast before a server, and two clients. */
async function start(t: Test) {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id);
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));
  const [client, other] = [await holdfast.client(), await holdfast.client()];
  t.teardown(() => [client, other].forEach((each) => each.close()));
  return { holdfast, client, other };
}

void t.test('a defect that one command meets ends the connection of its client, and of nobody else', async (t) => {
  const { holdfast, client, other } = await start(t);
  holdfast.shard.scripts.remember = () => {
    throw new Error('planted');
  };
  client.send('EVAL "return 1" 0\r\n');
  t.equal((await client.ended()).toString(), '');
  t.equal(await other.call('PING'), '+PONG\r\n');
  t.equal(holdfast.traffic.counters().closed['internal-error'], 1);
});

void t.test('a defect in the middle of a held pipeline mixes up nobody else on the lane', async (t) => {
  const { holdfast, client, other } = await start(t);
  const { table, gate } = holdfast.shard;
  for (const each of [client, other]) t.equal(await each.call('PING'), '+PONG\r\n');
  gate.close('hand', 'writes');
  client.send(Buffer.concat([encodeCommand('SET', 'a', '1'), encodeCommand('SET', 'defect', '1')]));
  await until('it is held', () => gate.heldCount === 1);
  const resolve = table.resolve.bind(table);
  table.resolve = (bytes, found) => {
    if (found.secondLength === 'defect'.length) throw new Error('planted');
    return resolve(bytes, found);
  };
  t.throws(() => gate.open('hand'), /planted/);
  for (const text of ['x', 'y', 'z']) t.equal(await other.call('ECHO', text), `$1\r\n${text}\r\n`);
  t.equal(await other.call('GET', 'a'), '$1\r\n1\r\n', 'what stood before it has been sent');
});
