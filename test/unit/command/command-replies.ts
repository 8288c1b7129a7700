import Parser from 'redis-parser';
import { RawClient } from '../../support/raw-client.js';
import type { RedisServer } from '../../support/redis-server.js';

/** The server's reply to COMMAND, decoded as the proxy decodes it. */
export async function commandReply(server: RedisServer): Promise<readonly unknown[]> {
  const client = await RawClient.connect(server);
  client.send('COMMAND\r\n');
  let reply: unknown;
  new Parser({
    returnReply: (value: unknown) => {
      reply = value;
    },
    returnError: (error: Error) => {
      throw error;
    },
  }).execute(await client.replies(1));
  client.close();
  if (!Array.isArray(reply)) throw new Error('COMMAND did not answer with an array');
  return reply;
}

/** What the tests want to know of one entry of the reply; a subcommand's words are `client list`. */
export interface ListedCommand {
  readonly name: string;
  readonly words: readonly string[];
  readonly arity: number;
  readonly flags: readonly string[];
  readonly isContainer: boolean;
}

/** All commands and subcommands of a COMMAND reply. */
export function listed(reply: readonly unknown[]): ListedCommand[] {
  return reply.flatMap((entry) => {
    const [name, arity, flags, , , , , , , subcommands] = entry as [string, number, string[], ...unknown[]];
    const below = Array.isArray(subcommands) ? listed(subcommands as unknown[]) : [];
    return [{ name, words: name.split('|'), arity, flags, isContainer: below.length > 0 }, ...below];
  });
}

/** What an older server, or Kvrocks, says of a command: name, arity, flags and key positions. */
export function plainEntry(name: string, ...flags: readonly string[]): unknown {
  return [name, -2, flags, 0, 0, 0];
}
