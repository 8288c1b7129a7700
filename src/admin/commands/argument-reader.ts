import { formatNodeId, type NodeId } from '../../config/node-address.js';

/** Wrong arguments. The connection adds the command's usage; the message names the argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Walks over the arguments of one command; keywords in any case. */
export class ArgumentReader {
  readonly #args: readonly string[];
  #at = 0;

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  get done(): boolean {
    return this.#at >= this.#args.length;
  }

  /** The next argument as a keyword in capitals. */
  keyword(): string {
    return this.#take('an option').toUpperCase();
  }

  string(name: string): string {
    return this.#take(name);
  }

  /** A whole number within bounds; `unit` is for the message. */
  integer(name: string, bounds: { readonly min: number; readonly max: number; readonly unit: string }): number {
    const given = this.#take(name);
    const value = parseInteger(given);
    if (value === null || value < bounds.min || value > bounds.max) {
      throw new UsageError(
        `${name} must be a whole number of ${bounds.unit} from ${bounds.min} to ${bounds.max}, not '${given}'`,
      );
    }
    return value;
  }

  /** `host port`, two arguments as in Redis' own commands; an IPv6 host with or without brackets. */
  node(): NodeId {
    const host = this.#take('host');
    const port = this.integer('port', { min: 1, max: 65_535, unit: 'a TCP port' });
    return formatNodeId(host.replace(/^\[(.*)\]$/, '$1'), port);
  }

  end(): void {
    if (!this.done) throw new UsageError(`'${this.#take('')}' is one argument too many`);
  }

  #take(name: string): string {
    const given = this.#args[this.#at];
    if (given === undefined) throw new UsageError(`${name} is missing`);
    this.#at += 1;
    return given;
  }
}

/** As Redis reads integers: digits with an optional minus, nothing else. */
export function parseInteger(given: string): number | null {
  return /^-?\d{1,15}$/.test(given) ? Number(given) : null;
}
