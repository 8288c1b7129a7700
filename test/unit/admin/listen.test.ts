import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { ListenAddress } from '../../../src/config/listen-address.js';
import { startAdminServer } from '../../../src/admin/resp-server.js';
import { RawClient } from '../../support/raw-client.js';
import { fakePorts } from './fake-ports.js';
import { RecordingLog } from './recording-log.js';

function start(listen: ListenAddress): ReturnType<typeof startAdminServer> {
  const { ports } = fakePorts();
  return startAdminServer({ listen, ports, configView: {}, log: new RecordingLog(), build: { version: '1' } });
}

await t.test('a Unix socket is served, and gone afterwards', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-admin-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'admin.sock');
  const server = await start({ kind: 'unix', path });
  t.equal(server.address, `unix:${path}`);
  const client = await RawClient.connect({ path });
  t.match(await client.call('CLIENT', 'INFO'), / addr=unix:0 /);
  client.close();
  await server.close();
  await t.rejects(RawClient.connect({ path }), { code: 'ENOENT' });
});

await t.test('a port in use is an error of the start', async (t) => {
  const first = await start({ kind: 'tcp', host: '127.0.0.1', port: 0 });
  t.teardown(() => first.close());
  const port = Number(first.address.split(':')[1]);
  await t.rejects(start({ kind: 'tcp', host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
});
