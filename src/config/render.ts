import { stringify } from 'yaml';
import type { ShownValue } from './kinds.js';
import type { LoadedConfig } from './load.js';
import { CONFIG_KEYS, SETTINGS, type Config, type ConfigKey } from './settings.js';

const MASK = '***';

/** One value as operators write it; secrets are masked. `null` when it is not set. */
function show<K extends ConfigKey>(key: K, value: Config[K]): ShownValue {
  if (value !== null && SETTINGS[key].secret === true) return MASK;
  // The kind of a key and the type of its value belong together; the compiler loses sight of that over a union of keys.
  const { show: showValue } = SETTINGS[key].kind as { readonly show: (value: Config[K]) => ShownValue };
  return showValue(value);
}

/** The effective settings by the names that operators use, for CONFIG GET and the log; secrets are masked. */
export function settingsByName(config: Config): Readonly<Record<string, ShownValue>> {
  return Object.fromEntries(CONFIG_KEYS.map((key) => [SETTINGS[key].name, show(key, config[key])]));
}

/**
 * The effective configuration as a YAML file, with the source of each value beside it. Secrets and what is not set are
 * commented out, so that the text can be used as it is.
 */
export function renderConfig({ config, sources }: LoadedConfig): string {
  const lines = CONFIG_KEYS.map((key) => {
    const shown = show(key, config[key]);
    const source = sources.get(key) ?? 'default';
    const { name, secret } = SETTINGS[key];
    if (shown === null) return `# ${name}: # not set`;
    const line = `${name}: ${flow(shown)} # ${source}`;
    return secret === true ? `# ${line}` : line;
  });
  return `${lines.join('\n')}\n`;
}

function flow(value: ShownValue): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

/** The table of settings in the README. */
export function renderSettingsTable(): string {
  const rows = CONFIG_KEYS.map((key) => {
    const { name, kind, description, reason } = SETTINGS[key];
    const what = reason === '' ? `${description}.` : `${description}. *${capitalize(reason)}.*`;
    return `| \`${name}\` | ${kind.label} | ${showDefault(key)} | ${what} |`;
  });
  return [
    '| setting | type | default | what it does, and *why the default is what it is* |',
    '|---|---|---|---|',
    ...rows,
  ]
    .join('\n')
    .concat('\n');
}

function showDefault(key: ConfigKey): string {
  const setting = SETTINGS[key];
  if (setting.default === undefined) return 'must be given';
  if (setting.default === null) return 'not set';
  const shown = show(key, setting.default);
  if (Array.isArray(shown) && shown.length === 0) return 'none';
  const plain = `\`${Array.isArray(shown) ? shown.join(', ') : String(shown)}\``;
  if (setting.defaultWhereOwned === undefined) return plain;
  return `${plain}; where somebody else promotes (\`sentinel\`, \`kvrocks-controller\`, \`redis-cluster\`) \`${String(show(key, setting.defaultWhereOwned))}\``;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
