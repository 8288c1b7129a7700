import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { readInto } from '../../../../src/proxy/entrance/source.js';
import { until } from '../../../support/until.js';

interface Scene {
  readonly server: Server;
  readonly peer: Socket;
  readonly accepted: Socket;
  /** What reads it. */
  readonly socket: Socket;
  /** What was read, in the order of reading. */
  readonly read: { readonly text: string; readonly lent: boolean }[];
}

async function setScene(t: Test): Promise<Scene> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const read: Scene['read'] = [];
  const taken = new Promise<Pick<Scene, 'accepted' | 'socket'>>((resolve) => {
    server.once('connection', (accepted) => {
      const socket = readInto(accepted)((bytes, size, lent) => {
        read.push({ text: bytes.toString('latin1', 0, size), lent });
      });
      t.teardown(() => socket.destroy());
      resolve({ accepted, socket });
    });
  });
  const peer = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  t.teardown(() => peer.destroy());
  return { server, peer, read, ...(await taken) };
}

const textOf = ({ read }: Scene): string => read.map(({ text }) => text).join('');

await t.test('what comes is lent, and who said all it wanted to say is still answered', async (t) => {
  const scene = await setScene(t);
  const { peer, socket, read } = scene;
  peer.end('PING\r\n');
  await once(socket, 'end');
  t.equal(textOf(scene), 'PING\r\n');
  t.ok(read.every(({ lent }) => lent));
  socket.end('+PONG\r\n');
  const [reply] = (await once(peer, 'data')) as [Buffer];
  t.equal(reply.toString(), '+PONG\r\n');
});

await t.test('what is paused is not read', async (t) => {
  const scene = await setScene(t);
  scene.socket.pause();
  const sent = 'x'.repeat(200_000);
  scene.peer.write(sent);
  await until('the kernel has all of it', () => scene.peer.writableLength === 0);
  t.equal(textOf(scene), '');
  scene.socket.resume();
  await until('it is read', () => textOf(scene).length === sent.length);
});

await t.test('when it ends, the accepted socket ends with it, and the server counts it no more', async (t) => {
  const { server, socket, accepted } = await setScene(t);
  const count = (): Promise<number> =>
    new Promise((resolve, reject) =>
      server.getConnections((error, all) => (error === null ? resolve(all) : reject(error))),
    );
  t.equal(await count(), 1);
  socket.destroy();
  await once(accepted, 'close');
  t.equal(await count(), 0);
  server.close();
  await once(server, 'close');
});
