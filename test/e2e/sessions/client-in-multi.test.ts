import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { startShard } from '../../support/shard.js';

void t.test('what a transaction says of clients, it says of those of Holdfast', async (t) => {
  const servers = await startShard({ replicas: 1, users: ['app on >secret ~* &* +@all'] });
  t.teardown(() => servers.dispose());
  const { master } = servers;
  const [candidate = master] = servers.replicas;
  const holdfast = await HoldfastInProcess.start(master.id);
  t.teardown(() => holdfast.stop());
  const { shard } = holdfast;

  t.test('CLIENT ID, LIST, GETNAME and KILL', async (t) => {
    const [caller, victim] = [await holdfast.client(), await holdfast.client()];
    const id = (await caller.call('CLIENT', 'ID')).slice(1).trim();
    await victim.call('PING');
    const connections = (await master.info('stats')).get('total_connections_received');
    for (const words of [
      ['MULTI'],
      ['CLIENT', 'SETNAME', 'me'],
      ['CLIENT', 'ID'],
      ['CLIENT', 'LIST'],
      ['CLIENT', 'GETNAME'],
      ['CLIENT', 'KILL', 'TYPE', 'normal'],
    ]) {
      await caller.call(...words);
    }
    const reply = await caller.call('EXEC');
    t.match(
      reply,
      new RegExp(`^\\*5\r\n\\+OK\r\n:${id}\r\n\\$\\d+\r\nid=${id} addr=127.0.0.1:${caller.socket.localPort} `),
    );
    t.match(reply, /\$2\r\nme\r\n:1\r\n$/);
    await victim.ended();
    const fresh = await holdfast.client();
    t.equal(await fresh.call('PING'), '+PONG\r\n');
    const after = Number((await master.info('stats')).get('total_connections_received'));
    // INFO itself comes over a connection of its own.
    t.ok(after - Number(connections) <= 2, 'the connections to the server live on');
    caller.close();
    fresh.close();
  });

  t.test('what can not mean the right connection is refused, and nothing of the transaction runs', async (t) => {
    const client = await holdfast.client();
    const lines = [
      'CLIENT TRACKING on',
      'CLIENT REPLY OFF',
      'CLIENT UNBLOCK 1',
      'SUBSCRIBE c',
      'MONITOR',
      'REPLICAOF NO ONE',
    ];
    for (const line of lines) {
      await client.call('MULTI');
      await client.call('SET', 'ran', '1');
      t.match(await client.call(...line.split(' ')), /^-ERR /, line);
      t.match(await client.call('EXEC'), /^-EXECABORT /);
    }
    t.equal(await client.call('EXISTS', 'ran'), ':0\r\n');
    client.close();
  });

  t.test(
    'SELECT and AUTH inside a transaction count for the session, and leave the client no connection of its own',
    async (t) => {
      const client = await holdfast.client();
      for (const line of ['MULTI', 'SELECT 3', 'AUTH app secret', 'SET k three']) await client.call(...line.split(' '));
      t.equal(await client.call('EXEC'), '*3\r\n+OK\r\n+OK\r\n+OK\r\n');
      t.ok([...shard.clients.values()].every((each) => each.link === null));
      t.equal(await client.call('GET', 'k'), '$5\r\nthree\r\n');
      t.equal(await client.call('ACL', 'WHOAMI'), '$3\r\napp\r\n');
      client.close();
    },
  );

  t.test('a queue of more than 16 MB ends in EXECABORT when the master moves; the next one runs', async (t) => {
    const client = await holdfast.client();
    const value = Buffer.alloc(250_000, 'x');
    await client.call('MULTI');
    for (let at = 0; at < 70; at++) t.equal(await client.call('SET', `huge:${at}`, value), '+QUEUED\r\n');
    await holdfast.move(master, candidate);
    t.equal(await client.call('INCR', 'huge'), '+QUEUED\r\n');
    t.match(await client.call('EXEC'), /^-EXECABORT /);
    t.equal(await client.call('EXISTS', 'huge', 'huge:0', 'huge:69'), ':0\r\n');
    await client.call('MULTI');
    await client.call('INCR', 'huge');
    t.equal(await client.call('EXEC'), '*1\r\n:1\r\n');
    client.close();
  });
});
