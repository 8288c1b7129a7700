import * as z from 'zod';
import { CONFIG_KEYS, SETTINGS, type Config, type ConfigKey } from './settings.js';

/** The schema of the whole configuration, made from the table of settings: one field a setting. */
export const configSchema = z.object(
  Object.fromEntries(CONFIG_KEYS.map((key) => [key, SETTINGS[key].kind.schema])) as {
    readonly [K in ConfigKey]: z.ZodType<Config[K]>;
  },
);
