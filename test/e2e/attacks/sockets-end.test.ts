import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { HoldfastInProcess } from '../../support/holdfast-in-process.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

void t.test('what a client leaves behind', async (t) => {
  const server = await RedisServer.start();
  const holdfast = await HoldfastInProcess.start(server.id, { maxClients: 1 });
  t.teardown(() => Promise.all([holdfast.stop(), server.dispose()]));
  const first = await holdfast.client();
  t.teardown(() => first.close());
  t.equal(await first.call('PING'), '+PONG\r\n');

  t.test('one too many leaves no socket, also when it has asked something', async (t) => {
    const before = sockets();
    for (let round = 0; round < 5; round++) {
      const refused = await holdfast.client();
      refused.send('PING\r\n');
      t.match((await refused.ended()).toString(), /^-ERR max number of clients reached/);
      refused.close();
    }
    await until('all sockets are gone', () => sockets() <= before);
  });

  t.test('one that has gone leaves no memory', async (t) => {
    const gone = [...holdfast.shard.clients.values()].map((client) => new WeakRef(client));
    first.socket.end();
    await until('it is gone', () => holdfast.shard.clients.size === 0);
    await until('its memory is free', () => {
      collectGarbage();
      return gone.every((client) => client.deref() === undefined);
    });
    t.pass();
  });
});
