import type { LoadHook } from 'node:module';
import type { PlantedBug } from './planted-bugs.js';

/*
 * Hooks of Node's module loader: the product is loaded with a bug in it. `register` of `node:module` calls `initialize` with the bug.
 */
let planted: PlantedBug | null = null;

export function initialize(bug: PlantedBug): void {
  planted = bug;
}

/** @throws when the place is not there, or there twice: the product has changed, and the bug has to follow. */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  const edits = planted?.edits.filter(({ file }) => url.endsWith(`/src/${file}`)) ?? [];
  if (edits.length === 0 || loaded.source === undefined) return loaded;
  let source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
  for (const { file, from, to } of edits) {
    if (source.split(from).length !== 2) throw new Error(`${file} has not exactly once: ${from}`);
    source = source.replace(from, () => to);
  }
  return { ...loaded, source };
};
