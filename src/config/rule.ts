import type { Config, ConfigKey } from './settings.js';

/** A rule about settings together: judged when all that it `needs` are right by themselves. */
export interface Rule {
  readonly needs: readonly ConfigKey[];
  /** @returns one sentence for each way in which the rule is broken. */
  readonly judge: (config: Config) => readonly string[];
}
