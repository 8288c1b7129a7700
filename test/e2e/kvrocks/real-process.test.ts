import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KvrocksProcess } from '../../support/kvrocks/kvrocks-process.js';
import { startRealKvrocksShard } from '../../support/kvrocks/real-kvrocks-shard.js';

/** A program that is called as Kvrocks is, and does what the script says; `$port` is the port of its configuration file. */
function program(t: Test, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bin-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'kvrocks');
  writeFileSync(path, `#!/bin/sh\n[ "$1" = -c ] || exit 1\nport=$(sed -n 's/^port //p' "$2")\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

// What stands in for it here is a redis-server: this is about the process, not about what it answers.
await t.test('a process is started, asked, and ended', async (t) => {
  const binary = program(t, `exec redis-server --port "$port" --bind 127.0.0.1 --save '' --requirepass 'a b'`);
  const node = await KvrocksProcess.start(binary, { requirepass: 'a b' });
  t.equal(await node.send('SET', 'a', '1'), 'OK');
  t.equal(await node.send('GET', 'a'), '1');
  await t.rejects(node.send('NOSUCHCMD'), /unknown command/);
  await node.dispose();
  await t.rejects(node.send('PING'));
});

await t.test('a shard of them follows its first', async (t) => {
  process.env['KVROCKS_BIN'] = program(
    t,
    `exec redis-server --port "$port" --bind 127.0.0.1 --save '' --repl-diskless-sync no --dir "$(dirname "$2")"`,
  );
  const shard = await startRealKvrocksShard(1);
  t.teardown(() => shard.dispose());
  const [master, replica] = shard.nodes;
  t.match(await master?.send('ROLE'), ['master']);
  t.match(await replica?.send('ROLE'), ['slave', '127.0.0.1', master?.port]);
  t.equal(shard.server(master?.id ?? ''), master);
});

await t.test('one that ends instead of starting says why', async (t) => {
  await t.rejects(KvrocksProcess.start(program(t, 'echo no such file; exit 1'), {}), /did not start:\nno such file/);
});
