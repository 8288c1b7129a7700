import { RequestScanner } from '../resp/request-scanner.js';
import { Effect, Route, UNANSWERED, type CommandInfo } from './command-info.js';
import { HARMLESS, HELD_THOUGH_NOT_WRITE, HELD_WITHOUT_SUBCOMMANDS, SPECIAL_COMMANDS, type Special } from './routes.js';

const BLOCKING = { route: Route.Private, effect: Effect.Blocking };

/** One entry of the server's `COMMAND` reply, decoded: name, arity, flags, …, subcommands at index 9 (Redis ≥ 7). */
type CommandReplyEntry = readonly unknown[];

/** A command under the bytes of its name, in lower case: of a string, each character would cost a call. */
interface Slot {
  readonly name: Buffer;
  readonly command: CommandInfo;
}

/** Where a request's first two arguments stand in its bytes; `secondLength` is -1 without a second. */
export interface FoundArguments {
  readonly nameStart: number;
  readonly nameLength: number;
  readonly secondStart: number;
  readonly secondLength: number;
}

/**
 * What is known about commands, by name, found without making strings: the hot path asks with bytes.
 *
 * What no server told about counts as a write: holding a read too long costs a millisecond, letting a write pass the
 * gate costs data.
 */
export class CommandTable {
  readonly #byName = new Map<string, CommandInfo>();
  /** Open hash by the bytes of the name; a power of two, at most half full. */
  readonly #slots: (Slot | undefined)[];
  readonly #mask: number;
  readonly #unknown: CommandInfo = {
    name: 'unknown',
    write: true,
    repeatable: false,
    route: Route.Lane,
    effect: Effect.None,
    subcommands: null,
  };

  private constructor(commands: readonly CommandInfo[]) {
    let size = 64;
    while (size <= commands.length * 2) size *= 2;
    this.#mask = size - 1;
    this.#slots = Array.from({ length: size });
    for (const command of [...commands, NO_COMMAND]) {
      if (command !== NO_COMMAND) this.#byName.set(command.name, command);
      const name = Buffer.from(command.name, 'latin1');
      let slot = hashName(name, 0, name.length) & this.#mask;
      while (this.#slots[slot] !== undefined) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = { name, command };
    }
  }

  /** @param reply the decoded reply to `COMMAND`: of Redis and Valkey with subcommands, of Kvrocks without. */
  static fromCommandReply(reply: unknown): CommandTable {
    const commands = new Map<string, CommandInfo>();
    if (Array.isArray(reply)) {
      for (const entry of reply as readonly unknown[]) {
        if (!Array.isArray(entry)) continue;
        const info = fromEntry(entry as CommandReplyEntry);
        if (info !== null) commands.set(info.name, info);
      }
    }
    // Special commands that the server does not list (Kvrocks has no REPLICAOF, Redis no CLUSTERX) keep their route.
    for (const [name, special] of Object.entries(SPECIAL_COMMANDS)) {
      if (name.includes('|') || commands.has(name)) continue;
      commands.set(name, make(name, true, false, special.route, special.effect, null));
    }
    return new CommandTable([...commands.values()]);
  }

  /** The command whose name stands at `bytes[start … start+length)`, in any case. */
  find(bytes: Buffer, start: number, length: number): CommandInfo {
    let slot = hashName(bytes, start, length) & this.#mask;
    for (;;) {
      const found = this.#slots[slot];
      if (found === undefined) return this.#unknown;
      if (isName(found.name, bytes, start, length)) return found.command;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** The command of a request whose first two arguments the scanner has found; a subcommand where there is one. */
  resolve(bytes: Buffer, found: FoundArguments): CommandInfo {
    const info = this.find(bytes, found.nameStart, found.nameLength);
    if (info.subcommands === null) return info;
    return this.findSubcommand(info, bytes, found.secondStart, found.secondLength);
  }

  /** The command of a whole request. */
  of(request: Buffer): CommandInfo {
    const scanner = new RequestScanner({ maxBulkBytes: Number.MAX_SAFE_INTEGER });
    scanner.scan(request, 0, request.length);
    return this.resolve(request, scanner);
  }

  /** The subcommand of a container, or the container itself when it has none of that name. */
  findSubcommand(command: CommandInfo, bytes: Buffer, start: number, length: number): CommandInfo {
    if (command.subcommands === null || length < 0) return command;
    return command.subcommands.get(bytes.toString('latin1', start, start + length).toLowerCase()) ?? command;
  }

  /** By lower-case name; for documentation and tests. */
  get(name: string): CommandInfo | undefined {
    return this.#byName.get(name);
  }

  names(): readonly string[] {
    return [...this.#byName.keys()];
  }
}

const NO_COMMAND: CommandInfo = {
  name: UNANSWERED,
  write: false,
  repeatable: false,
  route: Route.Unanswered,
  effect: Effect.None,
  subcommands: null,
};

/** The subcommands among the special commands, by the name of their container. */
const SPECIAL_SUBCOMMANDS = new Map<string, [string, Special][]>();
for (const [full, about] of Object.entries(SPECIAL_COMMANDS)) {
  const bar = full.indexOf('|');
  if (bar < 0) continue;
  const container = full.slice(0, bar);
  const subs = SPECIAL_SUBCOMMANDS.get(container) ?? [];
  subs.push([full.slice(bar + 1), about]);
  SPECIAL_SUBCOMMANDS.set(container, subs);
}

function fromEntry(entry: CommandReplyEntry): CommandInfo | null {
  const name = textOf(entry[0])?.toLowerCase();
  if (name === undefined) return null;
  // A module's command that waits must not hold up a lane.
  const special = SPECIAL_COMMANDS[name] ?? (hasFlag(entry[2], 'blocking') ? BLOCKING : undefined);
  const listed = Array.isArray(entry[9]) ? (entry[9] as readonly unknown[]) : [];
  const isOpaque = listed.length === 0 && HELD_WITHOUT_SUBCOMMANDS.has(name);
  const write = hasFlag(entry[2], 'write') || isOpaque;
  const repeatable = (hasFlag(entry[2], 'readonly') || HARMLESS.has(name)) && !write;
  const subcommands = new Map<string, CommandInfo>();
  for (const sub of listed) {
    if (!Array.isArray(sub)) continue;
    const info = fromEntry(sub as CommandReplyEntry);
    if (info !== null) subcommands.set(info.name.slice(name.length + 1), info);
  }
  // A subcommand that the server does not list is of the class of its container.
  for (const [sub, about] of SPECIAL_SUBCOMMANDS.get(name) ?? []) {
    if (subcommands.has(sub)) continue;
    subcommands.set(sub, make(`${name}|${sub}`, write, false, about.route, about.effect, null));
  }
  return make(name, write, repeatable, special?.route, special?.effect, subcommands.size > 0 ? subcommands : null);
}

function make(
  name: string,
  write: boolean,
  repeatable: boolean,
  route: Route = Route.Lane,
  effect: Effect = Effect.None,
  subcommands: ReadonlyMap<string, CommandInfo> | null,
): CommandInfo {
  return { name, write: write || HELD_THOUGH_NOT_WRITE.has(name), repeatable, route, effect, subcommands };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) ? value.toString('latin1') : undefined;
}

function hasFlag(flags: unknown, flag: string): boolean {
  return Array.isArray(flags) && flags.some((each: unknown) => textOf(each) === flag);
}

/** Case-insensitive for ASCII letters; other bytes may collide, `isName` decides. */
function hashName(bytes: Buffer, start: number, length: number): number {
  let hash = length;
  for (let at = start; at < start + length; at++) hash = (Math.imul(hash, 31) + ((bytes[at] ?? 0) | 0x20)) | 0;
  return hash ^ (hash >>> 15);
}

function isName(name: Buffer, bytes: Buffer, start: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let at = 0; at < length; at++) {
    let byte = bytes[start + at] ?? 0;
    if (byte >= 65 && byte <= 90) byte |= 0x20;
    if (byte !== name[at]) return false;
  }
  return true;
}
