import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import t from 'tap';

const root = resolve('.');

interface Finding {
  readonly code: string;
  readonly filename: string;
}

/** Plants each source in a tree of its own with our configuration, lints it, and gives the rules that spoke, by file. */
function lint(folder: string, sources: Readonly<Record<string, string>>): Map<string, string[]> {
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
    copyFileSync(join(root, name), join(folder, name));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  // `env -u`: the loader hooks that tap gives to child processes by NODE_OPTIONS break the linter's own start.
  const command = ['-u', 'NODE_OPTIONS', join(root, 'node_modules/.bin/oxlint'), '--format=json', 'src'];
  const { stdout, stderr } = spawnSync('/usr/bin/env', command, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  if (stdout === '') throw new Error(`the linter said nothing: ${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Finding[] };
  const byFile = new Map<string, string[]>();
  for (const { code, filename } of diagnostics) {
    const path = filename.replace(/^\.\//, '');
    byFile.set(path, [...(byFile.get(path) ?? []), /\((.+)\)/.exec(code)?.[1] ?? code]);
  }
  return byFile;
}

/** One planted violation a file; the key of the outer table is the rule that has to speak. */
const VIOLATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'no-restricted-imports': {
    'src/errors/a.ts': "import '../resp/x.js';",
    'src/tls/a.ts': "import '../proxy/x.js';",
    'src/log/a.ts': "import '../cli/x.js';",
    'src/metrics/a.ts': "import '../proxy/x.js';",
    'src/config/a.ts': "import '../control/x.js';",
    'src/config/b.ts': "import '../switchover/machine.js';",
    'src/resp/a.ts': "import '../session/x.js';",
    'src/resp/b.ts': "import 'node:net';",
    'src/command/a.ts': "import '../switchover/x.js';",
    'src/command/b.ts': "import 'node:timers/promises';",
    'src/session/a.ts': "import '../proxy/x.js';",
    'src/switchover/a.ts': "import '../resp/x.js';",
    'src/switchover/b.ts': "import 'ioredis';",
    'src/switchover/c.ts': "import 'node:net';",
    'src/proxy/a.ts': "import '../control/x.js';",
    'src/proxy/b.ts': "import '../admin/commands.js';",
    'src/proxy/c.ts': "import 'ioredis';",
    'src/proxy/fl.ts': "import '../fleet/x.js';",
    'src/switchover/d.ts': "import '../fleet/x.js';",
    'src/fleet/a.ts': "import '../control/x.js';",
    'src/fleet/b.ts': "import '../admin/commands.js';",
    'src/control/a.ts': "import '../proxy/x.js';",
    'src/control/engines/b.ts': "import '../../session/x.js';",
    'src/admin/a.ts': "import '../proxy/x.js';",
    'src/admin/http/b.ts': "import '../../control/x.js';",
    'src/cli/a.ts': "import '../../test/support/x.js';",
  },
  'no-restricted-globals': {
    'src/resp/g.ts': 'export const now = (): number => Date.now();',
    'src/command/g.ts': 'export const pid = (): number => process.pid;',
    'src/session/g.ts': 'export const now = (): number => performance.now();',
    'src/switchover/g.ts': 'export const wait = (go: () => void): unknown => setTimeout(go, 1);',
  },
  'no-restricted-properties': { 'src/switchover/r.ts': 'export const dice = (): number => Math.random();' },
  'no-cycle': {
    'src/proxy/egg.ts': "import { hen } from './hen.js';\nexport const egg = (): unknown => hen;",
    'src/proxy/hen.ts': "import { egg } from './egg.js';\nexport const hen = (): unknown => egg;",
  },
  'no-floating-promises': {
    'src/proxy/p.ts': 'async function f(): Promise<void> {}\nexport function g(): void {\n  f();\n}',
  },
  'no-misused-promises': {
    'src/proxy/q.ts':
      "import { EventEmitter } from 'node:events';\nconst bus = new EventEmitter();\nbus.on('x', async () => {\n  await null;\n});\n",
  },
  'only-throw-error': { 'src/proxy/t.ts': "export function f(): never {\n  throw 'text';\n}" },
  'no-explicit-any': { 'src/proxy/any.ts': 'export const x: any = 1;' },
  'no-unsafe-member-access': { 'src/proxy/u.ts': "export const x: unknown = JSON.parse('{}').a;" },
  'no-non-null-assertion': { 'src/proxy/nn.ts': 'export const f = (x: string | null): string => x!;' },
  'ban-ts-comment': { 'src/proxy/ts.ts': '// @ts-nocheck\nexport const x = 1;' },
  'switch-exhaustiveness-check': {
    'src/proxy/s.ts':
      "export function f(x: 'a' | 'b'): number {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}",
  },
  'consistent-type-imports': {
    'src/proxy/ct.ts': "import { Socket } from 'node:net';\nexport type S = Socket;",
  },
  'no-default-export': { 'src/proxy/d.ts': 'export default 1;' },
  'no-barrel-file': { 'src/proxy/index.ts': "export * from './egg.js';" },
  'filename-case': { 'src/proxy/camelCase.ts': 'export const x = 1;' },
  'prefer-node-protocol': { 'src/proxy/np.ts': "import { join } from 'path';\nexport const x = join('a', 'b');" },
  'max-lines': { 'src/proxy/long.ts': 'export {};\n'.repeat(331) },
  eqeqeq: { 'src/proxy/eq.ts': 'export const f = (x: unknown): boolean => x == 1;' },
  'no-console': { 'src/proxy/c1.ts': "console.log('x');" },
  'no-warning-comments': { 'src/proxy/w.ts': '// TODO later\nexport const x = 1;' },
};

/** What the rules must let through: the arrows that point down. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/config/ok.ts': "export type { S } from '../switchover/settings.js';",
  'src/resp/ok.ts': "export type { S } from '../errors/x.js';",
  'src/session/ok.ts': "export type { S } from '../resp/x.js';",
  'src/switchover/ok.ts': "export type { S } from '../config/node-address.js';",
  'src/proxy/ok.ts': "export type { S } from '../admin/ports.js';\nexport type { T } from '../switchover/ports.js';",
  'src/fleet/ok.ts': "export type { S } from '../proxy/x.js';\nexport type { T } from '../switchover/ports.js';",
  'src/control/ok.ts': "export type { S } from '../switchover/ports.js';",
  'src/admin/ok.ts': "export type { S } from '../switchover/ports.js';",
  'src/cli/ok.ts': "export type { S } from '../proxy/x.js';",
};

t.test('every rule catches its planted violation, and arrows that point down pass', async (t) => {
  const sources = Object.assign({}, ALLOWED, ...Object.values(VIOLATIONS)) as Record<string, string>;
  // `t.testdir()` would be git-ignored, and the linter leaves out what git ignores.
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lint-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const found = lint(folder, sources);
  for (const [rule, files] of Object.entries(VIOLATIONS)) {
    for (const path of Object.keys(files)) t.ok(found.get(path)?.includes(rule), `${rule} speaks in ${path}`);
  }
  for (const path of Object.keys(ALLOWED))
    t.notOk(found.get(path)?.includes('no-restricted-imports'), `${path} passes`);
});
