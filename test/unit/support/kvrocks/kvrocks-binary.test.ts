import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { findKvrocks } from '../../../support/kvrocks/kvrocks-binary.js';
import { configText } from '../../../support/kvrocks/kvrocks-process.js';

/** A folder with a program, a file that is none, and a folder of the name in question. */
function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-bin-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  for (const name of ['with', 'without', 'folders']) mkdirSync(join(path, name));
  writeFileSync(join(path, 'with', 'kvrocks'), '#!/bin/sh\n');
  chmodSync(join(path, 'with', 'kvrocks'), 0o755);
  writeFileSync(join(path, 'without', 'kvrocks'), 'not to be run');
  mkdirSync(join(path, 'folders', 'kvrocks'));
  return path;
}

await t.test('the first program of the name on the PATH', (t) => {
  const path = folder(t);
  const on = (...names: readonly string[]): string | null =>
    findKvrocks({ PATH: names.map((name) => join(path, name)).join(':') });
  t.equal(on('without', 'folders', 'with'), join(path, 'with', 'kvrocks'));
  t.equal(on('without', 'folders', 'nowhere'), null);
  t.equal(findKvrocks({}), null);
  t.end();
});

await t.test('KVROCKS_BIN comes first, and must name a program', (t) => {
  const path = folder(t);
  const program = join(path, 'with', 'kvrocks');
  t.equal(findKvrocks({ KVROCKS_BIN: program, PATH: '' }), program);
  t.equal(findKvrocks({ KVROCKS_BIN: '', PATH: join(path, 'with') }), program);
  for (const wrong of [join(path, 'without', 'kvrocks'), join(path, 'folders', 'kvrocks'), join(path, 'nowhere')]) {
    t.throws(() => findKvrocks({ KVROCKS_BIN: wrong, PATH: join(path, 'with') }), /KVROCKS_BIN names no program/);
  }
  t.end();
});

await t.test('the configuration file', (t) => {
  const plain = configText(6666, '/somewhere', {});
  for (const line of [
    'bind 127.0.0.1',
    'port 6666',
    'dir /somewhere',
    'workers 4',
    'daemonize no',
    'resp3-enabled no',
    'cluster-enabled no',
  ]) {
    t.ok(plain.split('\n').includes(line), line);
  }
  t.notMatch(plain, /requirepass|masterauth/);
  const other = configText(6666, '/somewhere', {
    cluster: true,
    resp3: true,
    requirepass: 'a b',
    replNamespaces: true,
  });
  for (const line of [
    'resp3-enabled yes',
    'cluster-enabled yes',
    'requirepass "a b"',
    'masterauth "a b"',
    'repl-namespace-enabled yes',
  ]) {
    t.ok(other.split('\n').includes(line), line);
  }
  t.end();
});
