import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes figures to `bench/results/NAME-DATE.json` below the working directory. @returns the path. */
export function saveResult(name: string, figures: { readonly machine: { readonly date: string } }): string {
  const directory = join('bench', 'results');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${name}-${figures.machine.date.slice(0, 19).replaceAll(':', '')}.json`);
  writeFileSync(path, `${JSON.stringify(figures, null, 2)}\n`);
  return path;
}
