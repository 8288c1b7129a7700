import type { Test } from 'tap';
import type { RedisServer } from './redis-server.js';
import type { ServeProcess } from './serve-process.js';
import type { WriteLoad } from './write-load.js';

/**
 * Ends Holdfast, and with it the load, and holds what was acknowledged against what the last master has: nothing is lost, nothing
 * ran twice, and nobody was told of an error before the end.
 */
export async function expectAllOnce(
  t: Test,
  {
    holdfast,
    load,
    server,
  }: { readonly holdfast: ServeProcess; readonly load: WriteLoad; readonly server: Pick<RedisServer, 'send'> },
): Promise<void> {
  await holdfast.dispose();
  const ends = await load.ended();
  for (const end of ends) t.match(end, /the connection ended/, 'nobody met an error before Holdfast ended');
  const counters = [...load.counters()];
  t.equal(counters.length, ends.length, 'all have written');
  for (const [key, acknowledged] of counters) {
    const is = Number(await server.send('GET', key));
    t.ok(is === acknowledged || is === acknowledged + 1, `${key}: at most the last one had no answer`, {
      acknowledged,
      is,
    });
  }
}
