import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Names the program, where it is not on the PATH. */
const VARIABLE = 'KVROCKS_BIN';

/**
 * The `kvrocks` program: the one that `KVROCKS_BIN` names, else the first on the PATH.
 *
 * @returns null when there is none.
 * @throws when `KVROCKS_BIN` names something that can not be run: whoever set it wants to know.
 */
export function findKvrocks(environment: NodeJS.ProcessEnv = process.env): string | null {
  const named = environment[VARIABLE] ?? '';
  if (named !== '') {
    if (isProgram(named)) return named;
    throw new Error(`${VARIABLE} names no program: ${named}`);
  }
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, 'kvrocks')).find(isProgram) ?? null;
}

/** Why tests with a real Kvrocks are skipped; false: they are not. */
export const NO_KVROCKS: string | false =
  findKvrocks() === null ? `no kvrocks on PATH and no ${VARIABLE}: only the double was tried` : false;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
