import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes the files of one run to `bench/results/NAME/` below the working directory, in the place of those of an earlier
 * run: figures of two runs must not stand side by side as if they were of one.
 *
 * @param files text by name. @returns the directory.
 */
export function saveReport(name: string, files: ReadonlyMap<string, string>): string {
  const directory = join('bench', 'results', name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [file, text] of files) writeFileSync(join(directory, file), text);
  return directory;
}
