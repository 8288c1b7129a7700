import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Problem } from './problem.js';
import { environmentOf, flagOf } from './setting.js';
import { CONFIG_KEYS, SETTINGS, type ConfigKey } from './settings.js';
import { suggest } from './suggest.js';

/** A value as it was given, and where. */
export interface RawValue {
  readonly value: unknown;
  readonly source: string;
}

/** What one source says, and what is wrong with the source itself. */
export interface Source {
  readonly values: ReadonlyMap<ConfigKey, RawValue>;
  readonly problems: readonly Problem[];
}

/** What the flags of `serve` were given, by setting; a list for settings that may be repeated. */
export type FlagValues = Readonly<Partial<Record<ConfigKey, string | boolean | readonly string[]>>>;

/** The command line. */
export function readFlags(flags: FlagValues): Source {
  const values = new Map<ConfigKey, RawValue>();
  for (const key of CONFIG_KEYS) {
    const value = flags[key];
    if (value !== undefined) values.set(key, { value, source: `flag ${flagOf(SETTINGS[key].name)}` });
  }
  return { values, problems: [] };
}

/**
 * The environment. Unknown `HOLDFAST_…` variables are no error: Kubernetes makes some up for every Service of that
 * name (`HOLDFAST_SERVICE_HOST`). An empty variable counts as not set, as `NAME=${NAME:-}` in compose files means it.
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Source {
  const values = new Map<ConfigKey, RawValue>();
  for (const key of CONFIG_KEYS) {
    const { name, kind } = SETTINGS[key];
    const text = environment[environmentOf(name)];
    if (text === undefined || text === '') continue;
    const value = kind.isList ? text.split(',').map((part) => part.trim()) : text;
    values.set(key, { value, source: `environment ${environmentOf(name)}` });
  }
  return { values, problems: [] };
}

/** The YAML file: a mapping of settings, nothing else. */
export function readYaml(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => `${file}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    return failed(document.errors.map(({ message, pos }) => ({ setting: '', sentence: message, source: at(pos[0]) })));
  }
  if (document.contents === null) return failed([]);
  if (!isMap(document.contents)) {
    return failed([{ setting: '', sentence: 'the file must be a mapping of settings', source: file }]);
  }
  const values = new Map<ConfigKey, RawValue>();
  const problems: Problem[] = [];
  const plain = document.toJS() as Readonly<Record<string, unknown>>;
  for (const pair of document.contents.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
    const source = at(isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0);
    const key = CONFIG_KEYS.find((candidate) => SETTINGS[candidate].name === name);
    if (key === undefined) {
      problems.push({ setting: name, sentence: unknownSetting(name), source });
      continue;
    }
    values.set(key, { value: asList(plain[name], SETTINGS[key].kind.isList), source });
  }
  return { values, problems };
}

function failed(problems: readonly Problem[]): Source {
  return { values: new Map(), problems };
}

/** One address needs no sequence around it. */
function asList(value: unknown, isList: boolean): unknown {
  return isList && typeof value === 'string' ? [value] : value;
}

function unknownSetting(name: string): string {
  const names = CONFIG_KEYS.map((key) => SETTINGS[key].name);
  const meant = suggest(name.replaceAll('-', '_').toLowerCase(), names);
  return `is not a setting${meant === null ? '' : `; did you mean ${meant}?`}`;
}
