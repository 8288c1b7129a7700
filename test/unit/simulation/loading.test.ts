import t from 'tap';
import { SimServer } from '../../simulation/server/sim-server.js';
import { EventLoop } from '../../simulation/world/event-loop.js';
import { Network } from '../../simulation/world/network.js';

await t.test('a replica that loses its link while it loads has loaded a moment later', async (t) => {
  const loop = new EventLoop(1, () => undefined);
  const weather = { latencyMs: [0.1, 0.1], spikes: 0, spikeMs: 0, slices: 0, slow: 0, windowBytes: 65_536 } as const;
  const network = new Network(loop, weather);
  const [master, replica] = [1, 2].map((number) => new SimServer(`10.0.0.${number}:6379`, network, number));
  if (master === undefined || replica === undefined) throw new Error('there are two');
  replica.follow(master.address);
  await loop.run(() => replica.loading);
  const [link] = [...network.connections].filter(({ remote }) => remote === master.address);
  link?.reset();
  await loop.run(() => replica.upstream.state !== 'connected');
  await loop.run(() => replica.upstream.state === 'connected');
  const connectedAt = loop.now;
  await loop.run(() => !replica.loading || loop.now > connectedAt + 100);
  t.notOk(replica.loading);
});
