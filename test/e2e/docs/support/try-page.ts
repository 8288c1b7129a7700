import type { Test } from 'tap';
import { expectAllOnce } from '../../../support/lost-or-doubled.js';
import { pageConfiguration } from '../../../support/page-configuration.js';
import type { RedisServer } from '../../../support/redis-server.js';
import { ServeProcess } from '../../../support/serve-process.js';
import { switchRounds } from '../../../support/switch-rounds.js';
import { WriteLoad } from '../../../support/write-load.js';

/** Two switchovers under load with the configuration that the page shows, and nothing else but addresses and patience. */
export async function tryPage<Server>(
  t: Test,
  page: string,
  shard: { readonly ids: readonly string[]; server(id: string): Server },
  redisBehind: (server: Server) => RedisServer,
  { addresses = [], tag = '' }: { readonly addresses?: readonly string[]; readonly tag?: string } = {},
): Promise<void> {
  const flags = [pageConfiguration(t, page), '--preflight-timeout-ms=30000', ...addresses];
  const holdfast = await ServeProcess.start({ nodes: shard.ids, flags });
  t.teardown(() => holdfast.dispose());
  const load = await WriteLoad.start({ host: '127.0.0.1', port: holdfast.port }, 5, tag);
  const last = await switchRounds(t, { holdfast, shard }, 2, () => load.acknowledged(50));
  await load.acknowledged(50);
  await expectAllOnce(t, { holdfast, load, server: redisBehind(last) });
}
