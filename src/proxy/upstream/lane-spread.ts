import type { Identity } from '../../session/identity.js';

/** One of the lanes of an identity, on whichever node. */
export interface LaneSlot {
  readonly identity: Identity;
  readonly index: number;
  /** Equal for equal slots; the first one's is that of its identity. Never logged: it contains the password. */
  readonly key: string;
}

export function laneSlot(identity: Identity, index = 0): LaneSlot {
  return { identity, index, key: index === 0 ? identity.key : `${identity.key}#${index}` };
}

/** As far as a spread wants to know a client. */
interface Speaker {
  readonly session: { readonly identity: Identity };
}

/**
 * Which of the lanes of its identity a client speaks over. It gets the one with the fewest clients when it speaks for the
 * first time, and keeps it, on the next master too: two lanes have no order between them on a server with several threads.
 *
 * With one lane for each identity nothing is noted.
 */
export class LaneSpread {
  /** Lanes for each identity. */
  count = 1;
  readonly #slots = new Map<Speaker, LaneSlot>();
  /** How many clients the slots of an identity have, by the identity's key. */
  readonly #clients = new Map<string, number[]>();

  /** The client's slot; it takes one if it has none. */
  slotOf(client: Speaker): LaneSlot {
    const { identity } = client.session;
    if (this.count === 1) return laneSlot(identity);
    const slot = this.#slots.get(client);
    if (slot !== undefined && slot.identity.key === identity.key && slot.index < this.count) return slot;
    this.leave(client);
    return this.#take(client, identity);
  }

  /** The slots that the client may want next: the first, where AUTH is judged, and its own; all, while it has none. */
  wantedBy(client: Speaker): readonly LaneSlot[] {
    const { identity } = client.session;
    const first = laneSlot(identity);
    if (this.count === 1) return [first];
    const slot = this.#slots.get(client);
    if (slot !== undefined && slot.identity.key === identity.key && slot.index < this.count) return [first, slot];
    return Array.from({ length: this.count }, (_, index) => laneSlot(identity, index));
  }

  /** The client is gone, or is about to be somebody else. */
  leave(client: Speaker): void {
    const slot = this.#slots.get(client);
    if (slot === undefined) return;
    this.#slots.delete(client);
    const clients = this.#clients.get(slot.identity.key);
    if (clients === undefined) return;
    clients[slot.index] = (clients[slot.index] ?? 1) - 1;
    if (clients.every((count) => count === 0)) this.#clients.delete(slot.identity.key);
  }

  #take(client: Speaker, identity: Identity): LaneSlot {
    const clients = this.#clients.get(identity.key) ?? [];
    this.#clients.set(identity.key, clients);
    let fewest = 0;
    for (let index = 0; index < this.count; index++) {
      clients[index] ??= 0;
      if ((clients[index] ?? 0) < (clients[fewest] ?? 0)) fewest = index;
    }
    clients[fewest] = (clients[fewest] ?? 0) + 1;
    const slot = laneSlot(identity, fewest);
    this.#slots.set(client, slot);
    return slot;
  }
}
