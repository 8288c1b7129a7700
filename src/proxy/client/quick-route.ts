import type { CommandInfo } from '../../command/command-info.js';
import { FREED_BYTES } from '../memory.js';
import { waitForRoom } from './acquire.js';
import type { Client } from './client.js';
import { MAX_LANE_DEPTH } from './client-limits.js';

/** More than this is not copied together: the lane would take memory of its own for it. */
const MAX_RUN_BYTES = 16 * 1024;

/**
 * The way of nearly every request: a stateless command of a client that has a lane, while nothing is held. Requests that lie
 * next to each other, as those of a pipeline do, are counted one by one and copied to the lane together.
 */
export class QuickRoute {
  readonly #client: Client;
  /** Where the requests begin that the lane expects and does not have yet; they end where the client's input begins. -1: none. */
  #runStart = -1;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Sends the request at the beginning of the client's input, which the scanner has found whole. It has left with
   * {@link endRun}, at the latest.
   *
   * @returns false when it is not that simple, or must wait.
   */
  send(info: CommandInfo): boolean {
    const client = this.#client;
    const { lane, shard, input } = client;
    if (lane === null || !lane.ready || lane.retired || client.outstanding >= MAX_LANE_DEPTH) return false;
    if (lane.full) {
      waitForRoom(client, lane);
      return false;
    }
    if ((client.pass.holding || shard.gate.holdsWrites) && !client.passGate(info.write)) return false;
    const end = client.scanner.frameEnd;
    lane.expect(client, info.write, 1);
    const given = end - input.start >= FREED_BYTES ? input.give(end) : null;
    if (given !== null) {
      lane.sendChunk(given);
    } else {
      if (this.#runStart >= 0 && end - this.#runStart > MAX_RUN_BYTES) this.endRun();
      if (this.#runStart < 0) this.#runStart = input.start;
    }
    client.outstanding++;
    if (info.write) shard.stats.commands.write++;
    else shard.stats.commands.read++;
    input.start = end;
    return true;
  }

  /** Gives the lane what it expects. To be called before anything else is sent, and before the input's memory changes. */
  endRun(): void {
    if (this.#runStart < 0) return;
    const { lane, input } = this.#client;
    lane?.sendBytes(input.bytes, this.#runStart, input.start);
    this.#runStart = -1;
  }
}
