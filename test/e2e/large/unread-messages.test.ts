import t from 'tap';
import { collectorOfGarbage } from '../../support/collect-garbage.js';
import { encodeCommand } from '../../support/raw-client.js';
import { until } from '../../support/until.js';
import { NarrowScene } from './support/narrow-scene.js';

const MIB = 1024 * 1024;

t.test('small messages for a listener who takes nothing keep little more than their bytes, and all come', async (t) => {
  const scene = await NarrowScene.set(t);
  const { shard } = scene;
  const listener = await scene.client();
  await listener.call('SUBSCRIBE', 'n');
  const [itself] = [...shard.clients.values()];
  listener.socket.pause();
  const publisher = await scene.client();
  await publisher.call('PING');
  const messages = Array.from({ length: 40_000 }, (_, at) => String(at).padStart(5, '0'));
  const collect = collectorOfGarbage();
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  for (let at = 0; at < messages.length; at += 2000) {
    publisher.send(Buffer.concat(messages.slice(at, at + 2000).map((text) => encodeCommand('PUBLISH', 'n', text))));
    await publisher.replies(2000);
  }
  const wanted = messages.map((text) => `*3\r\n$7\r\nmessage\r\n$1\r\nn\r\n$5\r\n${text}\r\n`).join('');
  // The kernel has the rest.
  await until('all are on their way', () => (itself?.output.unsent ?? 0) > wanted.length - MIB / 2);
  await until(`${wanted.length} bytes take not many more`, () => used() - before < 2 * wanted.length + MIB);
  listener.socket.resume();
  await until('all have come', () => listener.received.length >= wanted.length);
  t.ok(listener.received.equals(Buffer.from(wanted)));
});
