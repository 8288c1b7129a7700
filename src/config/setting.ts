import type { Kind } from './kinds.js';

/** One setting: all that the schema, the flags, the environment and the documentation have to know about it. */
export interface Setting<T> {
  /** As YAML has it; the other two spellings follow from it ({@link flagOf}, {@link environmentOf}). */
  readonly name: string;
  readonly kind: Kind<T>;
  /** Absent: the setting has to be given. */
  readonly default?: NoInfer<T>;
  /** The default where somebody else promotes ({@link isOwnedElsewhere}), if it differs. */
  readonly defaultWhereOwned?: NoInfer<T>;
  /** What it does: one sentence. */
  readonly description: string;
  /** Why the default is what it is; empty when there is nothing to say. */
  readonly reason: string;
  /** Never shown. The setting `<name>_file` names a file that holds the value. */
  readonly secret?: true;
}

/** Keeps the type of the value and checks the rest. */
export function setting<T>(fields: Setting<T>): Setting<T> {
  return fields;
}

/** `sync_timeout_ms` → `--sync-timeout-ms`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll('_', '-')}`;
}

/** `sync_timeout_ms` → `HOLDFAST_SYNC_TIMEOUT_MS`. */
export function environmentOf(name: string): string {
  return `HOLDFAST_${name.toUpperCase()}`;
}
