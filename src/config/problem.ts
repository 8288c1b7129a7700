/** One thing that is wrong with the configuration: which setting, what it wants, what was given, and where. */
export interface Problem {
  /** The name of the setting or flag; empty for a file as a whole. */
  readonly setting: string;
  /** One sentence without a full stop. */
  readonly sentence: string;
  /** The value given, as text; absent when there is none or it must not be shown. */
  readonly given?: string;
  /** `flag --sync-timeout-ms`, `environment HOLDFAST_SYNC_TIMEOUT_MS`, `holdfast.yaml:3`, `default`. */
  readonly source?: string;
}

/** Everything that is wrong, at once: whoever repairs a configuration wants to do it once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(renderProblem).join('\n'));
    this.problems = problems;
  }
}

/** `sync_timeout_ms must be a whole number of milliseconds from 1 to 600000, not "abc" (environment HOLDFAST_…)`. */
export function renderProblem({ setting, sentence, given, source }: Problem): string {
  const subject = setting === '' ? '' : `${setting} `;
  const value = given === undefined ? '' : `, not ${given}`;
  return `${subject}${sentence}${value}${source === undefined ? '' : ` (${source})`}`;
}
