import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundleProgram } from './bundle.mjs';
import { runSync, say, SetupError } from './run.mjs';

const SOURCE_FOLDERS = ['src', 'test', 'bench', 'demo'];

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      // `parentPath` came with Node 20.12; `path` is its older name.
      // oxlint-disable-next-line typescript/no-deprecated
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  );
}

/** Names, sizes and times of all that goes into the build: equal to the last build's means that there is nothing to do. */
function fingerprint(root, sources) {
  return [
    ...sources,
    ...['tsconfig.json', 'package-lock.json', 'scripts/lib/bundle.mjs'].map((name) => join(root, name)),
  ]
    .map((path) => {
      const { size, mtimeMs } = statSync(path);
      return `${relative(root, path)} ${size} ${mtimeMs}`;
    })
    .sort((a, b) => (a < b ? -1 : 1))
    .join('\n');
}

function lastFingerprint(stamp) {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return null;
  }
}

/** What was compiled from a file that is gone would go on being run as a test. */
function removeOrphans(root, sources) {
  const expected = new Set(sources.map((path) => relative(root, path).replace(/\.ts$/, '.js')));
  for (const folder of SOURCE_FOLDERS) {
    for (const path of filesBelow(join(root, 'dist', folder))) {
      const name = relative(join(root, 'dist'), path).replace(/\.map$/, '');
      if (name.endsWith('.js') && !expected.has(name)) rmSync(path);
    }
  }
}

/**
 * Compiles everything into dist/ (types are checked in the same run), and bundles the program into dist/holdfast/; only when
 * something changed.
 */
export async function build(root) {
  const sources = SOURCE_FOLDERS.flatMap((folder) => filesBelow(join(root, folder))).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.d.ts'),
  );
  const dist = join(root, 'dist');
  const stamp = join(dist, '.build-stamp');
  const now = fingerprint(root, sources);
  const isComplete =
    existsSync(join(dist, 'holdfast/main.js')) &&
    sources.every((path) => existsSync(join(dist, relative(root, path).replace(/\.ts$/, '.js'))));
  if (isComplete && lastFingerprint(stamp) === now) return;

  // The compiler trusts its own notes and would not write again what was deleted from dist/ by hand.
  if (!isComplete) rmSync(join(dist, '.tsbuildinfo'), { force: true });
  say('Building …');
  mkdirSync(dist, { recursive: true });
  rmSync(stamp, { force: true });
  const result = runSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root], { cwd: root });
  if (result.status !== 0) {
    say(result.output.trimEnd());
    throw new SetupError('The build failed (see above).');
  }
  removeOrphans(root, sources);
  await bundleProgram(root);
  writeFileSync(stamp, now);
}
