import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/**
 * The configuration that a page of the documentation shows: its first block of YAML, as a file. Addresses and directories in it are
 * somebody else's: a test gives its own by flags, which come before the file.
 *
 * @param page below `docs/environments`. @returns the flag that names the file; it is gone when the test ends.
 */
export function pageConfiguration(t: Test, page: string): string {
  const text = readFileSync(join('docs', 'environments', page), 'utf8');
  const block = /^```yaml\n([^]*?)^```$/m.exec(text)?.[1];
  if (block === undefined) throw new Error(`${page} shows no configuration`);
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-page-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'holdfast.yaml');
  writeFileSync(file, block);
  return `--config=${file}`;
}
