import type { z } from 'zod';
import { ConfigError, type Problem } from './problem.js';
import { RULES } from './rules.js';
import { configSchema } from './schema.js';
import { readSecretFiles, type ReadText } from './secret-files.js';
import { environmentOf, flagOf } from './setting.js';
import { CONFIG_KEYS, SETTINGS, type Config, type ConfigKey } from './settings.js';
import { isOwnedElsewhere, type TopologyName } from './topology.js';
import { readEnvironment, readFlags, readYaml, type FlagValues, type RawValue, type Source } from './sources.js';

export interface ConfigInputs {
  readonly flags: FlagValues;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The YAML file (`--config`), if one was named. */
  readonly file: string | null;
  readonly readText: ReadText;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from: `flag --node`, `environment …`, `holdfast.yaml:3`, `file …`, `default`. */
  readonly sources: ReadonlyMap<ConfigKey, string>;
}

/**
 * Reads the configuration:
 * 1. each source says what it has: flags before the environment before the YAML file before the defaults;
 * 2. `…_file` settings are replaced by what the file holds;
 * 3. every value is parsed by its schema;
 * 4. the rules about settings together are judged.
 *
 * @throws {ConfigError} with everything that is wrong; `knownProblems` (of the command line itself) stand first.
 */
export function loadConfig(inputs: ConfigInputs, knownProblems: readonly Problem[] = []): LoadedConfig {
  const { given, values, problems } = read(inputs, CONFIG_KEYS);
  for (const { needs, judge } of RULES) {
    if (!needs.every((key) => values.has(key))) continue;
    problems.push(...judge(Object.fromEntries(values) as Config).map((sentence) => ({ setting: '', sentence })));
  }
  if (knownProblems.length + problems.length > 0) throw new ConfigError([...knownProblems, ...problems]);
  return {
    config: Object.freeze(Object.fromEntries(values)) as Config,
    sources: new Map(CONFIG_KEYS.map((key) => [key, given.get(key)?.source ?? 'default'])),
  };
}

/** What an operator's command has to know of the configuration: where the admin port is, and how one gets in. */
export const ADMIN_TARGET_KEYS = [
  'admin',
  'adminPassword',
  'adminPasswordFile',
  'adminTlsServerName',
  'tlsCaCertFile',
  'tlsCertFile',
  'tlsKeyFile',
  'tlsKeyPassword',
  'tlsKeyPasswordFile',
  'tlsClientCertFile',
  'tlsClientKeyFile',
  'tlsClientKeyPassword',
  'tlsClientKeyPasswordFile',
] as const satisfies readonly ConfigKey[];

export type AdminTarget = Pick<Config, (typeof ADMIN_TARGET_KEYS)[number]>;

/** Steps 1 to 3 of {@link loadConfig} for the admin port alone. @throws {ConfigError} */
export function loadAdminTarget(inputs: ConfigInputs): AdminTarget {
  const { values, problems } = read(inputs, ADMIN_TARGET_KEYS);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(values) as AdminTarget;
}

interface Reading {
  readonly given: ReadonlyMap<ConfigKey, RawValue>;
  /** What was parsed; what was wrong is missing. */
  readonly values: ReadonlyMap<ConfigKey, unknown>;
  readonly problems: Problem[];
}

function read(inputs: ConfigInputs, keys: readonly ConfigKey[]): Reading {
  const sources = [readFlags(inputs.flags), readEnvironment(inputs.environment), readFile(inputs)];
  const problems = sources.flatMap((source) => source.problems);
  const given = new Map<ConfigKey, RawValue>();
  for (const { values } of sources.toReversed()) {
    for (const [key, value] of values) if (keys.includes(key)) given.set(key, value);
  }
  problems.push(...readSecretFiles(given, inputs.readText));
  const parsed = parse(given, keys);
  return { given, values: parsed.values, problems: [...problems, ...parsed.problems] };
}

function readFile({ file, readText }: ConfigInputs): Source {
  if (file === null) return { values: new Map(), problems: [] };
  try {
    return readYaml(readText(file), file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { values: new Map(), problems: [{ setting: 'config', sentence: `can not be read: ${why}` }] };
  }
}

function parse(
  given: ReadonlyMap<ConfigKey, RawValue>,
  keys: readonly ConfigKey[],
): { readonly values: ReadonlyMap<ConfigKey, unknown>; readonly problems: readonly Problem[] } {
  const values = new Map<ConfigKey, unknown>();
  const problems: Problem[] = [];
  for (const key of keys) {
    const raw = given.get(key);
    const setting = SETTINGS[key];
    if (raw === undefined) {
      const standard = defaultOf(key, values.get('topology'));
      if (standard === undefined) problems.push(missing(setting.name));
      else values.set(key, Object.freeze(standard));
      continue;
    }
    const result = configSchema.shape[key].safeParse(raw.value);
    if (result.success) values.set(key, Object.freeze(result.data));
    else problems.push(...invalid(key, raw, result.error.issues));
  }
  return { values, problems };
}

/** `topology` stands before all settings whose default hangs on it. */
function defaultOf(key: ConfigKey, topology: unknown): unknown {
  const setting = SETTINGS[key];
  const isOwned = topology !== undefined && isOwnedElsewhere(topology as TopologyName);
  return isOwned && setting.defaultWhereOwned !== undefined ? setting.defaultWhereOwned : setting.default;
}

function missing(name: string): Problem {
  return { setting: name, sentence: `must be given: ${flagOf(name)}, ${environmentOf(name)} or ${name} in the file` };
}

/** One problem for each place: a number that is neither whole nor within bounds is one mistake. */
function invalid(key: ConfigKey, raw: RawValue, issues: readonly z.core.$ZodIssue[]): readonly Problem[] {
  const { name, secret } = SETTINGS[key];
  const byPlace = new Map(issues.map((issue) => [issue.path.join('.'), issue]));
  return [...byPlace.values()].map(({ path, message }) => {
    const problem = { setting: name, sentence: message, source: raw.source };
    return secret === true ? problem : { ...problem, given: JSON.stringify(at(raw.value, path)) ?? 'nothing' };
  });
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  const [index] = path;
  return Array.isArray(value) && typeof index === 'number' ? (value as readonly unknown[])[index] : value;
}
