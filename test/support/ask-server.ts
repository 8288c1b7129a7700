import Parser from 'redis-parser';
import { encodeCommand, RawClient, type RawTarget } from './raw-client.js';

/** A decoded reply; an error reply is thrown instead. */
export type Reply = string | number | null | readonly Reply[];

/** Runs one command on a fresh connection. Rejects with the server's words when it refuses. @param password empty: none is asked for. */
export async function askServer(target: RawTarget, password: string, args: readonly string[]): Promise<Reply> {
  const client = await RawClient.connect(target);
  try {
    if (password !== '') await client.call('AUTH', password);
    client.send(encodeCommand(...args));
    return decode(await client.replies(1));
  } finally {
    client.close();
  }
}

function decode(bytes: Buffer): Reply {
  let reply: Reply | Error | undefined;
  const take = (value: unknown): void => {
    reply = value as Reply | Error;
  };
  new Parser({ returnReply: take, returnError: take, returnFatalError: take }).execute(bytes);
  if (reply instanceof Error) throw reply;
  if (reply === undefined) throw new Error(`not a reply: ${JSON.stringify(bytes.toString('latin1'))}`);
  return reply;
}
