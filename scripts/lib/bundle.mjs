import { rmSync } from 'node:fs';
import { join } from 'node:path';

/** What runs: the program, and the workers that it starts. */
const ENTRIES = ['main', 'worker'];

/**
 * Puts the program and the libraries that it uses into few files, dist/holdfast/. Node takes about a millisecond to find and
 * load a module, and there are a thousand of them: from one file Holdfast serves in half of the time, which after a
 * crash is time without service.
 */
export async function bundle(root) {
  // Loaded here: what imports this file runs before there are dependencies.
  const { build } = await import('esbuild');
  const outdir = join(root, 'dist/holdfast');
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ENTRIES.map((name) => `src/${name}.ts`),
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // What is loaded only when it is wanted stays a file of its own, one folder down as in src/: `../worker.js` is right there too.
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    // Loaded from node_modules, for logs that people read.
    external: ['pino-pretty'],
    // Libraries that are CommonJS call it for what Node brings.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'linked',
    logLevel: 'warning',
  });
}
