import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { collectorOfGarbage } from '../../support/collect-garbage.js';
import { encodeCommand, type RawClient } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { NarrowScene } from './support/narrow-scene.js';

const KEEPERS = 20;
const SMALL = 1000;
const LARGE = 100_000;
/** A small block for each of them, and what their connections take besides. */
const KEPT_MAX = 64 * 1024;

t.test('clients that leave a small reply unread keep no more memory than that', async (t) => {
  const scene = await NarrowScene.set(t);
  const { server, shard } = scene;
  await server.send('SET', 'small', 'x'.repeat(SMALL));
  await server.send('SET', 'large', 'x'.repeat(LARGE));
  const collect = collectorOfGarbage();
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < KEEPERS; count++) {
    await scene.deaf('small');
    // Others leave more, and are gone again.
    for (let other = 0; other < 5; other++) scene.close((await scene.deaf('large')).client);
  }
  await until('only those who keep something are there', () => shard.clients.size === KEEPERS);
  const unsent = [...shard.clients.values()].map((client) => client.output.unsent);
  t.ok(
    unsent.every((bytes) => bytes > 0 && bytes < 2 * SMALL),
    `unsent: ${unsent.join(', ')}`,
  );
  // Connections that have been closed need some turns of the event loop to be gone.
  await until(`no more than ${KEEPERS * KEPT_MAX} bytes are kept`, () => {
    collect();
    return process.memoryUsage().arrayBuffers - before < KEEPERS * KEPT_MAX;
  });
});

t.test('what a client reads late is its own, whatever others were sent meanwhile', async (t) => {
  const scene = await NarrowScene.set(t);
  const honest = await scene.client();
  const sizes = [1, 200, SMALL, 5000, 20_000, LARGE, 200_000];
  const late: { readonly client: RawClient; readonly wanted: string }[] = [];
  for (const [at, size] of sizes.entries()) {
    for (const letter of ['a', 'b']) {
      const value = (letter + at).repeat(size).slice(0, size);
      await scene.server.send('SET', `${letter}${at}`, value);
      const { client, asked } = await scene.deaf(`${letter}${at}`);
      late.push({ client, wanted: `$${size}\r\n${value}\r\n`.repeat(asked) });
      await honest.call('SET', 'others', '#'.repeat(size));
      for (let round = 0; round < 20; round++) {
        const reply = await honest.call('GET', 'others');
        if (reply !== `$${size}\r\n${'#'.repeat(size)}\r\n`)
          t.fail(`the reply to somebody else: ${reply.slice(0, 40)}`);
      }
    }
  }
  for (const { client, wanted } of late) {
    client.socket.resume();
    await until('all has come', () => client.received.length >= wanted.length);
    t.ok(client.received.equals(Buffer.from(wanted)), wanted.slice(0, 20));
  }
});

t.test('who has said all it will say gets every small reply before the connection ends', async (t) => {
  const scene = await NarrowScene.set(t);
  const value = 'x'.repeat(SMALL);
  await scene.server.send('SET', 'small', value);
  const { client, asked } = await scene.deaf('small');
  for (let more = 0; more < 60; more++) {
    client.send(encodeCommand('GET', 'small'));
    await nextTurn();
  }
  client.socket.end();
  const itself = [...scene.shard.clients.values()].at(-1);
  await until('it is closing', () => itself?.closing === true);
  client.socket.resume();
  const all = await client.ended();
  t.equal(all.toString('latin1'), `$${SMALL}\r\n${value}\r\n`.repeat(asked + 60));
});
