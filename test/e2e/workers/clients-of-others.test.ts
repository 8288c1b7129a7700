import t from 'tap';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { startStage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { clientOfEach, workerOf } from './support.js';

const id = async (client: RawClient): Promise<string> => (await client.call('CLIENT', 'ID')).slice(1).trim();

void t.test('it does not matter which worker a client is connected to', async (t) => {
  const stage = await startStage(t, { replicas: 1, flags: ['--workers=2'] });
  const { holdfast, shard } = stage;
  const [one, other] = await clientOfEach(t, holdfast);

  await t.test('CLIENT LIST shows all, in the order in which they came', async (t) => {
    await one.call('CLIENT', 'SETNAME', 'one');
    await other.call('CLIENT', 'SETNAME', 'other');
    const lists = [await one.call('CLIENT', 'LIST'), await other.call('CLIENT', 'LIST')];
    for (const list of lists) {
      t.match(list, /name=one /);
      t.match(list, /name=other /);
      const ids = [...list.matchAll(/\bid=(\d+) addr/g)].map(([, number]) => Number(number));
      t.same(
        ids,
        [...ids].sort((a, b) => a - b),
      );
      t.equal(new Set(ids).size, ids.length, 'each number is one client');
    }
    t.match(await one.call('CLIENT', 'LIST', 'ID', await id(other)), /^\$\d+\r\nid=\d+ .* name=other .*\n\r\n$/);
  });

  await t.test('CLIENT KILL ends one of another worker', async (t) => {
    const victim = await holdfast.client();
    await victim.call('PING');
    const killer = (await workerOf(holdfast, victim)) === (await workerOf(holdfast, one)) ? other : one;
    t.equal(await killer.call('CLIENT', 'KILL', 'ID', await id(victim)), ':1\r\n');
    await victim.ended();
    t.equal(await killer.call('CLIENT', 'KILL', 'ID', '999999'), ':0\r\n');
    t.match(await killer.call('CLIENT', 'KILL', '127.0.0.1:1'), /^-ERR No such client/);
    const second = await holdfast.client();
    await second.call('PING');
    t.equal(await killer.call('CLIENT', 'KILL', `127.0.0.1:${second.socket.localPort}`), '+OK\r\n');
    await second.ended();
  });

  await t.test('CLIENT UNBLOCK ends the wait of one of another worker', async (t) => {
    other.send(encodeCommand('CLIENT', 'ID'));
    const number = (await other.replies(1)).toString().slice(1).trim();
    const reply = other.call('BLPOP', 'nothing', '0');
    await until('it waits', async () => (await shard.master.info('clients')).get('blocked_clients') === '1');
    t.equal(await one.call('CLIENT', 'UNBLOCK', '999999'), ':0\r\n');
    t.equal(await one.call('CLIENT', 'UNBLOCK', number), ':1\r\n');
    t.equal(await reply, '*-1\r\n');
    t.equal(await one.call('CLIENT', 'UNBLOCK', number), ':0\r\n');
    t.match(await one.call('CLIENT', 'UNBLOCK', number, 'NONSENSE'), /^-ERR/);
  });

  await t.test('CLIENT PAUSE of one closes the gate for all, and UNPAUSE of the other opens it', async (t) => {
    t.equal(await one.call('CLIENT', 'PAUSE', '600000', 'WRITE'), '+OK\r\n');
    const held = other.call('INCR', 'paused');
    await until('the write is held', async () => (await holdfast.fields('STATUS')).number('held_clients') === 1);
    t.same((await holdfast.fields('STATUS')).list('gate_holders'), ['client-pause']);
    const third = await holdfast.client();
    t.teardown(() => third.close());
    t.equal(await third.call('GET', 'paused'), '$-1\r\n', 'reads flow on');
    t.equal(await third.call('CLIENT', 'UNPAUSE'), '+OK\r\n');
    t.equal(await held, ':1\r\n');
    t.match(await one.call('CLIENT', 'PAUSE', 'nonsense'), /^-ERR/);
    t.equal(await other.call('INCR', 'paused'), ':2\r\n', 'a pause that the server refuses holds nobody');
    await until('the gate is open', async () => (await holdfast.fields('STATUS')).list('gate_holders').length === 0);
  });

  await t.test('a pause outlives the worker whose client began it, and who comes meanwhile keeps it too', async (t) => {
    t.equal(await one.call('CLIENT', 'PAUSE', '600000', 'WRITE'), '+OK\r\n');
    process.kill(await workerOf(holdfast, one), 'SIGKILL');
    await one.ended();
    const [newcomer, witness] = await clientOfEach(t, holdfast);
    const writes = [newcomer.call('INCR', 'outlived'), witness.call('INCR', 'outlived')];
    await until('both are held', async () => (await holdfast.fields('STATUS')).number('held_clients') === 2);
    t.equal(await other.call('CLIENT', 'UNPAUSE'), '+OK\r\n');
    t.same((await Promise.all(writes)).sort(), [':1\r\n', ':2\r\n']);
  });

  await t.test('scripts that one has flushed are gone on the next master, whoever had loaded them', async (t) => {
    const [first, second] = await clientOfEach(t, holdfast);
    const load = async (client: RawClient, script: string): Promise<string> =>
      (await client.call('SCRIPT', 'LOAD', script)).split('\r\n')[1] ?? '';
    const before = await load(first, 'return 1');
    t.equal(await second.call('SCRIPT', 'FLUSH'), '+OK\r\n');
    const mine = await load(first, 'return 2');
    const theirs = await load(second, 'return 3');
    t.equal(await stage.switchover(), '');
    for (const client of [first, second]) {
      t.equal(await client.call('SCRIPT', 'EXISTS', before, mine, theirs), '*3\r\n:0\r\n:1\r\n:1\r\n');
    }
  });
});
