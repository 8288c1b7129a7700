import t from 'tap';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forget, killAtExit } from '../../support/child-processes.js';
import { freePort } from '../../support/free-port.js';
import type { RedisServer } from '../../support/redis-server.js';
import { startShard } from '../../support/shard.js';
import { until } from '../../support/until.js';
import { ServeProcess } from '../../support/serve-process.js';
import { startStage, touches } from '../../support/stage.js';

const hasSentinel = spawnSync('redis-sentinel', ['--version'], { stdio: 'ignore' }).status === 0;

/** Watches `master`. @returns what ends it. */
async function startSentinel(master: RedisServer): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-sentinel-'));
  const file = join(directory, 'sentinel.conf');
  writeFileSync(
    file,
    `bind 127.0.0.1\nport ${await freePort()}\ndir ${directory}\nsentinel monitor shard 127.0.0.1 ${master.port} 1\n`,
  );
  const child = spawn('redis-sentinel', [file], { stdio: 'ignore' });
  killAtExit(child, directory);
  return async () => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    rmSync(directory, { recursive: true, force: true });
    forget(directory);
  };
}

void t.test(
  'a Sentinel would undo it',
  { skip: hasSentinel ? false : 'redis-sentinel is not installed' },
  async (t) => {
    const { shard, holdfast, client, candidate, switchover } = await startStage(t, { replicas: 1 });
    const end = await startSentinel(shard.master);
    let running = true;
    t.teardown(() => (running ? end() : undefined));
    await until('the Sentinel watches', async () => {
      const reply = await shard.master.send('PUBSUB', 'NUMSUB', '__sentinel__:hello');
      return Array.isArray(reply) && Number(reply[1]) > 0;
    });
    const before = await touches(candidate);
    t.match(await switchover(), /^REFUSED managed-elsewhere .*is watched by a Sentinel/);
    t.equal(await touches(candidate), before);
    t.match(await client.call('INCR', 'after'), /^:/);
    t.equal(await holdfast.metric('holdfast_switchovers_total{outcome="refused",reason="managed-elsewhere"}'), 1);

    await end();
    running = false;
    await until('nobody watches', async () => {
      const replies = await Promise.all(
        shard.servers.map((each) => each.send('PUBSUB', 'NUMSUB', '__sentinel__:hello')),
      );
      return replies.every((reply) => Array.isArray(reply) && Number(reply[1]) === 0);
    });
    t.equal(await switchover(), '', 'without it nothing is in the way');
  },
);

void t.test('a cluster moves its masters itself', async (t) => {
  const shard = await startShard({
    replicas: 0,
    config: { 'cluster-enabled': 'yes', 'cluster-require-full-coverage': 'no' },
  });
  t.teardown(() => shard.dispose());
  const holdfast = await ServeProcess.start({ nodes: shard.ids });
  t.teardown(() => holdfast.dispose());
  t.match(await holdfast.refusal('SWITCHOVER'), /^REFUSED managed-elsewhere .*is in cluster mode/);
});
