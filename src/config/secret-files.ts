import type { Problem } from './problem.js';
import { CONFIG_KEYS, SETTINGS, type ConfigKey } from './settings.js';
import type { RawValue } from './sources.js';

/** Reads a text file; throws as `fs.readFileSync` does. */
export type ReadText = (path: string) => string;

/** Puts what `<name>_file` points to in the place of the secret `<name>`. Changes `values`. */
export function readSecretFiles(values: Map<ConfigKey, RawValue>, readText: ReadText): readonly Problem[] {
  const problems: Problem[] = [];
  for (const secretKey of CONFIG_KEYS.filter((key) => SETTINGS[key].secret === true)) {
    const { name } = SETTINGS[secretKey];
    const fileKey = CONFIG_KEYS.find((key) => SETTINGS[key].name === `${name}_file`);
    const file = fileKey === undefined ? undefined : values.get(fileKey);
    if (file === undefined || typeof file.value !== 'string') continue;
    const given = values.get(secretKey);
    if (given !== undefined) {
      // Which of the two was forgotten can not be known; the older secret must not win by accident.
      const sentence = `is given as well (${given.source}); give one of the two`;
      problems.push({ setting: `${name}_file`, sentence, source: file.source });
      continue;
    }
    try {
      // Editors and `echo` end a file with a line break; no password does.
      const value = readText(file.value).replace(/\r?\n$/, '');
      values.set(secretKey, { value, source: `file ${file.value}` });
    } catch (error) {
      const sentence = `can not be read: ${error instanceof Error ? error.message : String(error)}`;
      problems.push({ setting: `${name}_file`, sentence, source: file.source });
    }
  }
  return problems;
}
