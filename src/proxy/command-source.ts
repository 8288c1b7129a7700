import { setTimeout as delay } from 'node:timers/promises';
import { CommandTable } from '../command/command-table.js';
import { decodeReply } from '../resp/decode.js';
import { encodeRequest } from '../resp/encode.js';
import { FrameType } from '../resp/reply-scanner.js';
import { dialectOf, UNKNOWN_DIALECT, type Dialect } from './dialect.js';
import type { Logger } from '../log/logger.js';
import { ReplyCollector } from './upstream/reply-sink.js';
import type { Upstream } from './upstream/upstream.js';

/** After an error, ms. */
const RETRY_MS = 100;

const COMMAND = encodeRequest(['COMMAND']);
const COMMAND_COUNT = encodeRequest(['COMMAND', 'COUNT']);
const INFO_SERVER = encodeRequest(['INFO', 'server']);

/** Sends one request of the proxy's own. Rejects when the connection ends first. */
export function askOnce(lane: Upstream, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Error(`${lane.node} closed the connection`));
    lane.send(new ReplyCollector(resolve, lost), request, 0, request.length, false);
  });
}

/**
 * Reads the command table of a server. COMMAND is some 100 kB that the server writes and the proxy decodes, milliseconds
 * for both, at the very moment at which the traffic has moved: so it is read only from a server that may know other
 * commands than the last one did.
 */
export class CommandSource {
  /** How the server differs from others. */
  dialect: Dialect = UNKNOWN_DIALECT;
  /** Of the server whose table was read last; empty when it did not say. */
  #fingerprint = '';

  /**
   * Asks until the server has told.
   *
   * @param open the lane to ask over; it may not be ready.
   * @param isWanted false: nobody wants to know any more.
   * @returns null when nobody wants to know, or when the server knows what the last one knew.
   */
  async readSoon(open: () => Upstream, isWanted: () => boolean, log: Logger): Promise<CommandTable | null> {
    while (isWanted()) {
      const lane = open();
      try {
        await lane.opened();
        return await this.#read(lane);
      } catch (error) {
        if (!isWanted()) break;
        log.warn({ node: lane.node, err: error }, 'the master does not tell its commands; asking again');
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
    return null;
  }

  /** @returns null when the server knows what the last one knew. Rejects with the server's error. */
  async #read(lane: Upstream): Promise<CommandTable | null> {
    const [info, count] = await Promise.all([askOnce(lane, INFO_SERVER), askOnce(lane, COMMAND_COUNT)]);
    // A server that does not tell is taken for one like the last.
    if (info[0] !== FrameType.Error) this.dialect = dialectOf(info.toString('latin1'));
    const fingerprint = fingerprintOf(info, count);
    if (fingerprint !== '' && fingerprint === this.#fingerprint) return null;
    const reply = decodeReply(await askOnce(lane, COMMAND));
    if (reply instanceof Error) throw reply;
    this.#fingerprint = fingerprint;
    return CommandTable.fromCommandReply(reply);
  }
}

/** Build and number of commands (modules add theirs); empty when the server tells only one of them, or neither. */
function fingerprintOf(info: Buffer, count: Buffer): string {
  const build = /^(?:redis|valkey)_build_id:(\S+)/m.exec(info.toString('latin1'))?.[1];
  return build === undefined || count[0] !== 58 ? '' : `${build} ${count.toString('latin1').trim()}`;
}
