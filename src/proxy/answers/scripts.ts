import type { CommandInfo } from '../../command/command-info.js';
import { decodeRequest } from '../../resp/decode.js';
import { FrameType } from '../../resp/reply-scanner.js';
import type { Client } from '../client/client.js';
import type { Shard } from '../shard.js';
import { FrameWatcher, type ReplySink } from '../upstream/reply-sink.js';

/**
 * Keeps the text of a script that a client loads or runs, so that EVALSHA knows it on the next master. What the server then
 * says of a script (a syntax error, no permission) does not matter: kept in vain costs a little memory, for a while. A
 * flush counts when the server has agreed to it.
 *
 * @returns who takes the reply.
 */
export function noteScript(client: Client, info: CommandInfo, frame: Buffer): ReplySink {
  const { shard } = client;
  if (info.name === 'script|flush') {
    return new FrameWatcher(client, (firstByte) => {
      if (firstByte !== FrameType.Error) noteFlush(shard);
    });
  }
  const script = decodeRequest(frame)[info.name === 'script|load' ? 2 : 1];
  if (script !== undefined && shard.scripts.remember(script, shard.scriptsNext)) {
    shard.peers?.tell('script', script.toString('latin1'));
  }
  return client;
}

/** The master has agreed to SCRIPT FLUSH. */
export function noteFlush(shard: Shard): void {
  if (shard.master !== null) shard.scripts.flushed(shard.master, shard.scriptsNext);
  shard.peers?.tell('scriptsFlushed', null);
}
