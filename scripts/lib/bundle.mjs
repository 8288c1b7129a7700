import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What runs: the program, and the workers that it starts. */
const ENTRIES = ['main', 'worker'];

/** Shared by all bundles: for Node, nothing minified, and what is loaded only when it is wanted stays a file of its own. */
const FOR_NODE = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  splitting: true,
  // One folder down, as in src/: `../worker.js` is right there too.
  chunkNames: 'parts/[name]-[hash]',
  // Libraries that are CommonJS call it for what Node brings.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
};

/**
 * Puts the program and the libraries that it uses into few files, dist/holdfast/. Node takes about a millisecond to find and
 * load a module, and there are a thousand of them: from few files Holdfast serves in half of the time, which after a
 * crash is time without service.
 */
export async function bundleProgram(root) {
  await bundle(root, {
    entryPoints: ENTRIES.map((name) => `src/${name}.ts`),
    outdir: 'dist/holdfast',
    // Loaded from node_modules, for logs that people read.
    external: ['pino-pretty'],
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'linked',
  });
}

/**
 * The same for compiled test files: half of what a short one costs is to load tap.
 *
 * @returns the files to run instead, in the same order.
 */
export async function bundleTests(root, files) {
  const outdir = 'dist/bundled';
  await bundle(root, { entryPoints: files, outdir, outbase: 'dist', plugins: [ownPlaces] });
  return files.map((file) => file.replace(/^dist/, outdir));
}

/** A module finds the files beside it where it was compiled to. */
const ownPlaces = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]dist[/\\](?:src|test|bench|demo)[/\\].*\.js$/ }, ({ path }) => {
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', url), loader: 'js' };
    });
  },
};

async function bundle(root, options) {
  // Loaded here: what imports this file runs before there are dependencies.
  const { build } = await import('esbuild');
  rmSync(join(root, options.outdir), { recursive: true, force: true });
  await build({ absWorkingDir: root, ...FOR_NODE, ...options });
}
