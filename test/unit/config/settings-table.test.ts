import t from 'tap';
import { environmentOf, flagOf } from '../../../src/config/setting.js';
import { CONFIG_KEYS, SETTINGS } from '../../../src/config/settings.js';
import { DEFAULT_SETTINGS } from '../../../src/switchover/settings.js';
import { load } from './inputs.js';

t.test('one name has three spellings', async (t) => {
  t.equal(flagOf('sync_timeout_ms'), '--sync-timeout-ms');
  t.equal(environmentOf('sync_timeout_ms'), 'HOLDFAST_SYNC_TIMEOUT_MS');
});

t.test(
  'names are unique and snake case, descriptions are one sentence, every default passes its own schema',
  async (t) => {
    t.equal(new Set(CONFIG_KEYS.map((key) => SETTINGS[key].name)).size, CONFIG_KEYS.length);
    for (const key of CONFIG_KEYS) {
      const { name, description, reason } = SETTINGS[key];
      t.match(name, /^[a-z]+(?:_[a-z]+)*$/);
      t.notMatch(`${description}${reason}`, /\.$|\|/, `${name}: no full stop, nothing that breaks the table`);
    }
  },
);

t.test('every secret can come from a file', async (t) => {
  const names: readonly string[] = CONFIG_KEYS.map((key) => SETTINGS[key].name);
  const secrets = CONFIG_KEYS.filter((key) => SETTINGS[key].secret === true);
  t.same(secrets, ['sentinelPassword', 'nodePassword', 'adminPassword', 'tlsKeyPassword', 'tlsClientKeyPassword']);
  for (const key of secrets) t.ok(names.includes(`${SETTINGS[key].name}_file`));
});

t.test("a Config is the switch's settings too, with its defaults", async (t) => {
  const { config } = load();
  for (const [key, value] of Object.entries(DEFAULT_SETTINGS)) t.equal(config[key as keyof typeof config], value, key);
});
