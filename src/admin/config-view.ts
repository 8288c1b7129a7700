import type { ShownValue } from '../config/kinds.js';

/** The effective configuration under the names that operators use (`sync_timeout_ms`). */
export type ConfigView = Readonly<Record<string, ShownValue>>;

const MASK = '***';

/** A setting whose value must not be shown. `…_file` names a file and is no secret. */
const SECRET_NAME = /(?:password|secret|token)$/;

/** One setting as text. Secrets are masked here too, whatever the caller did: CONFIG GET goes over the network. */
export function showSetting(name: string, value: ShownValue): string {
  if (value === null || value === '') return '';
  if (SECRET_NAME.test(name)) return MASK;
  return Array.isArray(value) ? value.join(' ') : String(value);
}
