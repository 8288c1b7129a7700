import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t from 'tap';

const servers = resolve('scripts/lib/servers.mjs');

const RUN_REST = 'program=$1; shift; exec "$BIN/$program" "$@"';

/** A package manager whose packages hold a server that says it is `version`. */
function installer(name: string, version: string): string {
  const server = `printf '#!/bin/sh\\necho ${version}\\n' > "$BIN/${name}"; /bin/chmod +x "$BIN/${name}"`;
  return `case "$*" in *install*${name}) ${server};; *install*) echo "E: no such package"; exit 100;; esac`;
}

/** A call on a machine that has only the programs given, as shell scripts; `$BIN` is the folder they are in. */
function ensure(
  call: string,
  t: { teardown(fn: () => void): void },
  programs: Readonly<Record<string, string>>,
): { readonly status: number | null; readonly stderr: string; readonly calls: string } {
  const bin = mkdtempSync(join(tmpdir(), 'holdfast-bin-'));
  t.teardown(() => rmSync(bin, { recursive: true }));
  writeFileSync(join(bin, 'calls'), '');
  const all = { env: `shift; ${RUN_REST}`, sudo: `shift; [ "$1" = true ] && exit 0; ${RUN_REST}`, ...programs };
  for (const [name, script] of Object.entries(all)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> "$BIN/calls"\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const script = `import { ensureClients, ensureServer } from ${JSON.stringify(servers)};
    try { ${call} } catch (error) { console.error(error.message); process.exitCode = 1; }`;
  // `env` takes the loader hooks of tap away: they would run in every program that the script starts.
  const { status, stderr } = spawnSync(
    '/usr/bin/env',
    ['-i', `PATH=${bin}`, `BIN=${bin}`, process.execPath, '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  return { status, stderr, calls: readFileSync(join(bin, 'calls'), 'utf8') };
}

const ensureServer = (
  t: Parameters<typeof ensure>[1],
  programs: Parameters<typeof ensure>[2],
): ReturnType<typeof ensure> => ensure('ensureServer();', t, programs);

const NEW = 'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc';

await t.test('a server that is there is used, and nothing is installed', async (t) => {
  for (const programs of [
    { 'redis-server': `echo ${JSON.stringify(NEW)}` },
    { 'valkey-server': 'echo "Valkey server v=8.0.1"' },
    { kvrocks: 'echo "kvrocks 2.15.0"' },
  ]) {
    const { status, stderr, calls } = ensureServer(t, { ...programs, 'apt-get': 'exit 100' });
    t.equal(status, 0);
    t.equal(stderr, '', 'silent');
    t.notMatch(calls, 'apt-get');
  }
});

await t.test('what is missing is installed, after the lists were brought up to date once', async (t) => {
  const { status, calls } = ensureServer(t, { 'apt-get': installer('redis-server', 'v=7.0.15') });
  t.equal(status, 0);
  t.same(calls.match(/^apt-get .*$/gm), [
    'apt-get update -qq',
    'apt-get install -y -qq --no-install-recommends redis-server',
  ]);
});

await t.test('a distribution without Redis has Valkey', async (t) => {
  t.equal(ensureServer(t, { 'apt-get': installer('valkey-server', 'v=8.0.1') }).status, 0);
});

await t.test('a server without CLIENT PAUSE … WRITE does not do', async (t) => {
  const { status, stderr } = ensureServer(t, {
    'redis-server': 'echo "Redis server v=6.0.16"',
    'apt-get': installer('redis-server', 'v=6.0.16'),
  });
  t.equal(status, 1);
  t.match(stderr, /Please install redis-server 6\.2 or newer/);
});

await t.test('no package manager: one sentence that says what to install', async (t) => {
  const { status, stderr } = ensureServer(t, {});
  t.equal(status, 1);
  t.match(stderr, /^Please install redis-server .*no apt-get, dnf, apk or brew was found\)\.\n$/);
});

await t.test('client libraries are installed where they can be, and nothing fails where they can not', async (t) => {
  const missing = 'ensureClients({ hiredis: () => false });';
  const there = ensure('ensureClients({ hiredis: () => true });', t, { 'apt-get': 'exit 100' });
  t.same({ status: there.status, stderr: there.stderr, calls: there.calls }, { status: 0, stderr: '', calls: '' });

  const { status, stderr, calls } = ensure(missing, t, { 'apt-get': 'echo "E: no network"; exit 100' });
  t.equal(status, 0);
  t.match(calls, /apt-get install .* libhiredis-dev$/m);
  t.match(stderr, /^Tests with hiredis are skipped: .*\(libhiredis-dev: E: no network\)\.$/m);

  for (const programs of [{}, { brew: 'exit 0' }, { apk: 'exit 0' }, { 'apt-get': 'exit 0', sudo: 'exit 1' }]) {
    const other = ensure(missing, t, programs);
    t.equal(other.status, 0);
    t.equal(other.stderr.trim().split('\n').at(-1)?.startsWith('Tests with hiredis are skipped: '), true, other.stderr);
    t.notMatch(other.calls, /brew install|apk add/);
  }
});
