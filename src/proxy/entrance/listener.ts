import type { ListenAddress } from '../../config/listen-address.js';
import type { Logger } from '../../log/logger.js';
import type { Shard } from '../shard.js';
import { Admission, type AdmissionOptions } from './admission.js';
import { openDoor, turnAway, type Door } from './door.js';

export interface ListenerOptions extends AdmissionOptions {
  readonly maxClients: number;
  readonly log: Logger;
}

/** Accepts application clients. */
export class Listener {
  readonly #shard: Shard;
  readonly #options: ListenerOptions;
  readonly #admission: Admission;
  readonly #doors: Door[] = [];
  #lastClientId = 0;

  constructor(shard: Shard, options: ListenerOptions) {
    this.#shard = shard;
    this.#options = options;
    this.#admission = new Admission(shard, options);
  }

  /**
   * Listens on `address`. @returns the address in use, with the port that the system chose for port 0.
   * Rejects with the system's error (`EADDRINUSE`, `EACCES`, …).
   */
  async listen(address: ListenAddress): Promise<string> {
    const { log, maxClients } = this.#options;
    const reception = this.#admission.receptionFor(address);
    const door = await openDoor({
      address,
      paused: false,
      log,
      take: (socket) => {
        if (this.#admission.taken < maxClients) {
          reception.receive(socket, ++this.#lastClientId);
          return;
        }
        this.#shard.stats.errors['max-clients']++;
        turnAway(socket, address);
      },
    });
    this.#doors.push(door);
    return door.bound;
  }

  /** No new connections; those that are there go on. */
  stop(): void {
    for (const door of this.#doors) door.close();
  }

  /** Ends every connection: idle ones at once, busy ones when they have their replies, all after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.stop();
    await this.#admission.drain(graceMs);
  }
}
