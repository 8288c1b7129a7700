import { Option, type Command } from 'commander';
import type { Problem } from '../config/problem.js';
import { environmentOf, flagOf } from '../config/setting.js';
import { CONFIG_KEYS, SETTINGS, type ConfigKey } from '../config/settings.js';
import type { FlagValues } from '../config/sources.js';
import { suggest } from '../config/suggest.js';

/** Gives a command a flag for each of the settings, and `--config`. */
export function addSettingFlags(command: Command, keys: readonly ConfigKey[] = CONFIG_KEYS): Command {
  command.option('--config <file>', 'YAML file with settings; flags and the environment go before it');
  for (const key of keys) {
    const { name, kind, description, default: fallback } = SETTINGS[key];
    const value = kind.isBoolean ? `[${kind.placeholder}]` : `<${kind.placeholder}>`;
    // The default is for the eye only: commander must not fill it in, or it would win over the environment.
    const shown = fallback === undefined || fallback === null || kind.isList ? '' : ` (default: ${showDefault(key)})`;
    const option = new Option(`${flagOf(name)} ${value}`, `${description.replaceAll('`', '')}${shown}`);
    if (kind.isList) option.argParser(collect);
    command.addOption(option);
  }
  return command;
}

function collect(value: string, sofar: readonly string[] | undefined): readonly string[] {
  return [...(sofar ?? []), value];
}

function showDefault(key: ConfigKey): string {
  const { kind, default: fallback } = SETTINGS[key] as {
    readonly kind: { readonly show: (value: unknown) => unknown };
    readonly default?: unknown;
  };
  return String(kind.show(fallback));
}

/** What the settings' flags of a command were given. */
export function settingFlags(command: Command): FlagValues {
  const given = command.opts<Record<string, string | boolean | readonly string[]>>();
  return Object.fromEntries(
    CONFIG_KEYS.flatMap((key) => {
      const value = given[camelCase(SETTINGS[key].name)];
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/** The file named by `--config`, or by `HOLDFAST_CONFIG`. */
export function configFile(command: Command, environment: Readonly<Record<string, string | undefined>>): string | null {
  const fromEnvironment = environment[environmentOf('config')];
  return command.opts<{ config?: string }>().config ?? (fromEnvironment === '' ? null : (fromEnvironment ?? null));
}

/**
 * What was left over on a command line that allows anything: commander itself would stop at the first of them, and the
 * mistakes in the settings would come one by one after it.
 */
export function leftoverProblems(command: Command): readonly Problem[] {
  const flags = command.options.flatMap(({ long }) => long ?? []);
  return command.args.flatMap((given, index) => {
    if (given.startsWith('-')) {
      const [name = given] = given.split('=');
      const meant = suggest(name, flags);
      return { setting: name, sentence: `is not a flag${meant === null ? '' : `; did you mean ${meant}?`}` };
    }
    // Behind a flag that is not known stands its value: one mistake, not two.
    const isValue = command.args[index - 1]?.startsWith('-') === true;
    return isValue ? [] : { setting: given, sentence: 'is one argument too many' };
  });
}

/** How commander names what `--sync-timeout-ms` was given. */
function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
