import type { RedisServer } from '../../../support/redis-server.js';
import { until } from '../../../support/until.js';

/** Settles when `from` takes no writes any more, and `to` has all that it took. */
export async function stopWrites(from: RedisServer, to: RedisServer): Promise<void> {
  await until('both are in step', async () => (await to.info('replication')).get('master_link_status') === 'up');
  await from.send('CLIENT', 'PAUSE', '20000', 'WRITE');
  const written = Number((await from.info('replication')).get('master_repl_offset'));
  await until('the other node has all', async () => {
    return Number((await to.info('replication')).get('slave_repl_offset')) >= written;
  });
}

/** Somebody makes `to` the master in place of `from`, behind Holdfast's back, without losing a write. */
export async function moveElsewhere(from: RedisServer, to: RedisServer): Promise<void> {
  await stopWrites(from, to);
  await Promise.all([to.send('REPLICAOF', 'NO', 'ONE'), from.send('REPLICAOF', to.host, String(to.port))]);
  await from.send('CLIENT', 'UNPAUSE');
}
