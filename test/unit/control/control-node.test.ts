import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import t from 'tap';
import { ControlNode } from '../../../src/control/control-node.js';

void t.test('who waits for a turn while the connection is closed for good does not dial any more', async (t) => {
  let dialled = 0;
  const server = createServer((socket) => {
    dialled++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const node = new ControlNode(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  const asked = node.facts(1000);
  node.close();
  await t.rejects(asked, { kind: 'unsent', message: /was closed/ });
  t.equal(dialled, 0, 'a process that stops would be kept alive by it');
});
