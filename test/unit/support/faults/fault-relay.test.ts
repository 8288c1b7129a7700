import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { FaultRelay } from '../../../support/faults/fault-relay.js';
import { encodeCommand, RawClient } from '../../../support/raw-client.js';
import { until } from '../../../support/until.js';

/** Somebody who says back what he is told, and keeps how it came. */
async function stage(t: Test) {
  const pieces: string[] = [];
  const sockets: Socket[] = [];
  const ends: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      pieces.push(bytes.toString('latin1'));
      socket.write(bytes);
    });
    socket.on('end', () => ends.push('end'));
    socket.on('error', () => ends.push('reset'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  t.teardown(() => server.close());
  const relay = await FaultRelay.start({ host: '127.0.0.1', port: address.port }, 7);
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await relay.close();
  });
  const dial = async (): Promise<RawClient> => {
    const client = await RawClient.connect(relay);
    t.teardown(() => client.close());
    return client;
  };
  return { relay, dial, pieces, ends, sockets };
}

const came = (client: RawClient, text: string) => until(text, () => client.received.toString('latin1') === text);

void t.test('undisturbed, everything arrives, and so does the end', async (t) => {
  const { dial, ends, sockets, relay } = await stage(t);
  const client = await dial();
  client.send('hello');
  await came(client, 'hello');
  client.socket.end();
  await until('the server hears the end', () => ends[0] === 'end');
  sockets[0]?.end('behind it');
  await came(client, 'hellobehind it');
  await until('nothing is left of it', () => relay.connections === 0);
});

void t.test('latency and jitter: late, whole and in order, also on a connection that is open', async (t) => {
  const { dial, relay } = await stage(t);
  const client = await dial();
  relay.impose({ latencyMs: 20, jitterMs: 20 });
  const from = performance.now();
  let text = '';
  for (let n = 0; n < 50; n++) {
    client.send(`${n},`);
    text += `${n},`;
  }
  await came(client, text);
  t.ok(performance.now() - from >= 39, 'both ways');
});

void t.test('bandwidth', async (t) => {
  const { dial, relay } = await stage(t);
  relay.impose({ bytesPerSecond: 100_000 }, { directions: ['up'] });
  const client = await dial();
  const from = performance.now();
  client.send('x'.repeat(10_000));
  await until('all is there', () => client.received.length === 10_000);
  t.ok(performance.now() - from >= 99);
});

void t.test('slices: no piece is longer', async (t) => {
  const { dial, relay, pieces } = await stage(t);
  relay.impose({ sliceBytes: 3 }, { directions: ['up'] });
  const client = await dial();
  client.send('0123456789'.repeat(5));
  await came(client, '0123456789'.repeat(5));
  t.ok(pieces.length > 5, 'it came in pieces');
});

void t.test('a black hole keeps everything, the end too, until it is healed', async (t) => {
  const { dial, relay, ends, pieces } = await stage(t);
  const client = await dial();
  client.send('a');
  await came(client, 'a');
  relay.impose({ isBlackHole: true });
  client.send('b');
  client.socket.end();
  const other = await dial();
  other.send('c');
  await until('it has been swallowed', () => client.socket.writableLength === 0);
  t.same([pieces, ends], [['a'], []]);
  relay.heal();
  await came(client, 'ab');
  await came(other, 'c');
  await until('the end', () => ends[0] === 'end');
});

void t.test('one direction of a black hole', async (t) => {
  const { dial, relay, pieces } = await stage(t);
  relay.impose({ isBlackHole: true }, { directions: ['down'] });
  const client = await dial();
  client.send('a');
  await until('the server has it', () => pieces[0] === 'a');
  t.equal(client.received.length, 0);
  relay.heal();
  await came(client, 'a');
});

void t.test('cut after some bytes', async (t) => {
  const { dial, relay, pieces, ends } = await stage(t);
  relay.impose({ cutAfterBytes: 4 }, { directions: ['up'] });
  const client = await dial();
  client.send('0123456789');
  await client.ended();
  await until('the server is told', () => ends.length > 0);
  t.equal(pieces.join(''), '0123');
});

void t.test('reset and half-close of open connections', async (t) => {
  const { dial, relay, ends } = await stage(t);
  const client = await dial();
  client.send('a');
  await came(client, 'a');
  relay.halfClose({ directions: ['up'] });
  await until('the server hears the end', () => ends[0] === 'end');
  t.notOk(client.isEnded);
  relay.reset();
  await client.ended();
});

void t.test('a server that is not there ends the connection', async (t) => {
  const { dial, relay } = await stage(t);
  relay.aim({ host: '127.0.0.1', port: 1 });
  await (await dial()).ended();
});

void t.test('conditions for one kind of connections', async (t) => {
  const { dial, relay } = await stage(t);
  const [application, control, replica] = [await dial(), await dial(), await dial()];
  const greeting = encodeCommand('CLIENT', 'SETNAME', 'holdfast');
  control.send(greeting);
  await came(control, greeting.toString());
  relay.impose({ isBlackHole: true }, { kinds: ['control', 'replication'] });
  application.send('a');
  await came(application, 'a');
  control.send('b');
  replica.send(encodeCommand('REPLCONF', 'capa', 'eof'));
  const later = await dial();
  later.send(greeting);
  application.send('c');
  await came(application, 'ac');
  t.same(
    [control, replica, later].map(({ received }) => received.length),
    [greeting.length, 0, 0],
  );
});

void t.test('an action at each moment of a command', async (t) => {
  for (const moment of ['before', 'sent', 'answered', 'told'] as const) {
    const { dial, relay, pieces } = await stage(t);
    const control = await dial();
    const other = await dial();
    control.send(encodeCommand('CLIENT', 'SETNAME', 'holdfast'));
    await until('it is known', () => control.received.length > 0);
    await control.replies(1);
    const seen: string[] = [];
    const act = (): void => void seen.push(pieces.join('').includes('wanted') ? 'server has it' : 'server has it not');
    relay.await({ command: /wanted/, answer: /wanted/, moment, act });
    other.send('wanted');
    await came(other, 'wanted');
    t.same(seen, [], 'applications may say it');
    pieces.length = 0;
    control.send(encodeCommand('something', 'else'));
    await control.replies(1);
    t.same(seen, []);
    for (let n = 0; n < 2; n++) {
      control.send(encodeCommand('wanted'));
      await control.replies(1);
    }
    t.same(seen, [moment === 'before' || moment === 'sent' ? 'server has it not' : 'server has it'], `${moment}, once`);
  }
});

void t.test('nobody waits any more', async (t) => {
  const { dial, relay } = await stage(t);
  const control = await dial();
  const stop = relay.await({
    command: /wanted/,
    answer: /wanted/,
    moment: 'before',
    act: () => t.fail('it was called off'),
  });
  stop();
  control.send(encodeCommand('CLIENT', 'SETNAME', 'holdfast'));
  control.send(encodeCommand('wanted'));
  await control.replies(2);
});
