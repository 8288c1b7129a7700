import type { AdminCommand } from './command.js';

/** Finds commands by name, in any case. */
export class CommandTable {
  readonly #byName: ReadonlyMap<string, AdminCommand>;

  constructor(commands: readonly AdminCommand[]) {
    this.#byName = new Map(commands.map((command) => [command.name, command]));
  }

  get(name: string): AdminCommand | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** In the order of the table. */
  all(): readonly AdminCommand[] {
    return [...this.#byName.values()];
  }
}
