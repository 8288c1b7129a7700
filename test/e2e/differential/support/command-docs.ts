import type { Reply } from '../../../support/ask-server.js';
import type { RedisServer } from '../../../support/redis-server.js';

/** One argument of a command, as `COMMAND DOCS` describes it. */
export interface ArgumentSpec {
  readonly name: string;
  readonly type: string;
  /** A word that stands before it, or that it consists of (`pure-token`). */
  readonly token: string | null;
  readonly optional: boolean;
  readonly multiple: boolean;
  /** The token stands before each repetition. */
  readonly multipleToken: boolean;
  readonly parts: readonly ArgumentSpec[];
}

/** One command or subcommand of the server. */
export interface CommandSpec {
  /** Lower case; subcommands as `client|list`. */
  readonly name: string;
  readonly group: string;
  readonly parts: readonly ArgumentSpec[];
}

/** Every command and subcommand that the server knows, in the order of their names. */
export async function readCommandDocs(server: RedisServer): Promise<readonly CommandSpec[]> {
  const specs: CommandSpec[] = [];
  for (const [name, docs] of pairs(await server.send('COMMAND', 'DOCS'))) addCommand(specs, name, pairs(docs));
  return specs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function addCommand(specs: CommandSpec[], name: string, docs: ReadonlyMap<string, Reply>): void {
  specs.push({ name, group: String(docs.get('group')), parts: argumentsOf(docs.get('arguments')) });
  for (const [sub, more] of pairs(docs.get('subcommands') ?? [])) addCommand(specs, sub, pairs(more));
}

function argumentsOf(reply: Reply | undefined): readonly ArgumentSpec[] {
  return listOf(reply).map((entry) => {
    const fields = pairs(entry);
    const flags = listOf(fields.get('flags')).map(String);
    return {
      name: String(fields.get('name')),
      type: String(fields.get('type')),
      token: fields.has('token') ? String(fields.get('token')) : null,
      optional: flags.includes('optional'),
      multiple: flags.includes('multiple'),
      multipleToken: flags.includes('multiple_token'),
      parts: argumentsOf(fields.get('arguments')),
    };
  });
}

function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

/** A map, which RESP2 writes as a list of keys and values. */
function pairs(reply: Reply): ReadonlyMap<string, Reply> {
  const list = listOf(reply);
  const map = new Map<string, Reply>();
  for (let at = 0; at + 1 < list.length; at += 2) map.set(String(list[at]), list[at + 1] ?? null);
  return map;
}
