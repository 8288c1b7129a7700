import type { AddressRange } from '../../config/address-range.js';
import { isTlsAddress, type ListenAddress } from '../../config/listen-address.js';
import type { Refusals } from '../../log/refusals.js';
import type { TlsListenerOptions } from '../../tls/tls-server.js';
import { Client } from '../client/client.js';
import { disconnect } from '../client/disconnect.js';
import type { Shard } from '../shard.js';
import type { Ends } from './peer-address.js';
import { ProxySenders } from './proxy-senders.js';
import { Reception } from './reception.js';
import type { Source } from './source.js';
import { TlsEntrance } from './tls-entrance.js';

export interface AdmissionOptions {
  /** For `tls://` addresses; null: there is none. */
  readonly tls: TlsListenerOptions | null;
  /** Who begins connections with a PROXY header; empty: nobody. */
  readonly proxyProtocolFrom: readonly AddressRange[];
  /** Time for all that comes before a connection is a client. */
  readonly handshakeTimeoutMs: number;
  readonly refusals: Refusals;
}

/** Makes clients of accepted connections, and ends all of them at the end. */
export class Admission {
  readonly #shard: Shard;
  readonly #options: AdmissionOptions;
  readonly #receptions: Reception[] = [];

  constructor(shard: Shard, options: AdmissionOptions) {
    this.#shard = shard;
    this.#options = options;
  }

  /** Clients, and who is still shaking hands: a place is a place. */
  get taken(): number {
    let taken = this.#shard.clients.size;
    for (const reception of this.#receptions) taken += reception.waiting;
    return taken;
  }

  /** What connections to this address go through. */
  receptionFor(address: ListenAddress): Reception {
    const { tls, proxyProtocolFrom, handshakeTimeoutMs, refusals } = this.#options;
    if (isTlsAddress(address) && tls === null) throw new TypeError('a tls:// address without a certificate');
    const reception = new Reception({
      proxies: proxyProtocolFrom.length === 0 ? null : new ProxySenders(proxyProtocolFrom),
      tls: isTlsAddress(address) && tls !== null ? new TlsEntrance(tls) : null,
      timeoutMs: handshakeTimeoutMs,
      refusals,
      admit: (source, ends, id) => this.#admit(source, ends, id),
    });
    this.#receptions.push(reception);
    return reception;
  }

  /**
   * Ends every connection: idle ones at once, busy ones when they have their replies, all after `graceMs`.
   */
  async drain(graceMs: number): Promise<void> {
    const { clients } = this.#shard;
    const deadline = performance.now() + graceMs;
    const pollMs = 5;
    while (clients.size > 0 && performance.now() < deadline) {
      for (const client of clients.values()) if (client.idle) disconnect(client, 'shutting-down', 'gently');
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    for (const client of clients.values()) {
      // The error must not be taken for a reply that is still to come.
      if (client.waitsFor === 'held' && client.outstanding === 0) {
        client.pass.end('failed');
        client.fail('shutting-down');
      }
      disconnect(client, 'shutting-down', 'at-once');
    }
    for (const reception of this.#receptions) reception.close();
  }

  #admit(source: Source, ends: Ends, id: number): void {
    const client = new Client(source, this.#shard, ends, id);
    this.#shard.clients.set(client.id, client);
    this.#shard.stats.accepted++;
  }
}
