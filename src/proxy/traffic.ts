import type { NodeId } from '../config/node-address.js';
import type { DataPath, HoldFigures } from '../switchover/ports.js';
import { userOf } from '../session/identity.js';
import type { Client } from './client/client.js';
import type { Shard } from './shard.js';

/** What the switch and the operators see and do of the traffic: the gate, the drain, the redirect, the figures. */
export class Traffic implements DataPath {
  readonly #shard: Shard;
  #handTimer: NodeJS.Timeout | null = null;

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  async prepare(target: NodeId, timeoutMs: number): Promise<number> {
    const { timeout, cancel } = failAfter(timeoutMs, `${target}: not all connections were open within ${timeoutMs} ms`);
    try {
      return await Promise.race([this.#shard.prepare(target), timeout]);
    } catch (error) {
      this.#shard.discardPrepared();
      throw error;
    } finally {
      cancel();
    }
  }

  discardPrepared(): void {
    this.#shard.discardPrepared();
  }

  hold(): void {
    const { gate, links, options } = this.#shard;
    gate.close('switchover', 'writes');
    if (options.clusterMode) links?.readOnReplica(true);
    this.#shard.hurryWrites();
  }

  drained(signal: AbortSignal): Promise<void> {
    const shard = this.#shard;
    if (!shard.writesInFlight) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stop = shard.onDrained(() => {
        if (shard.writesInFlight) return;
        stop();
        signal.removeEventListener('abort', aborted);
        resolve();
      });
      const aborted = (): void => {
        stop();
        reject(new Error('writes are still in flight'));
      };
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  async mark(timeoutMs: number): Promise<void> {
    const { timeout, cancel } = failAfter(timeoutMs, `not all listeners were marked within ${timeoutMs} ms`);
    try {
      await Promise.race([this.#shard.mark(), timeout]);
    } finally {
      cancel();
    }
  }

  redirect(target: NodeId, done?: () => void): void {
    this.#shard.redirect(target);
    done?.();
  }

  withdraw(): void {
    this.#shard.withdraw();
  }

  release(): HoldFigures {
    const { gate, links } = this.#shard;
    const held = gate.heldCount;
    links?.readOnReplica(false);
    gate.open('switchover');
    return { heldClients: held, heldCommands: held };
  }

  holdByHand(ms: number): boolean {
    const { gate } = this.#shard;
    const first = !gate.isHeldBy('hand');
    if (first) gate.close('hand', 'writes');
    if (this.#handTimer !== null) clearTimeout(this.#handTimer);
    this.#handTimer = setTimeout(() => this.releaseByHand(), ms).unref();
    return first;
  }

  releaseByHand(): boolean {
    if (!this.#shard.gate.isHeldBy('hand')) return false;
    if (this.#handTimer !== null) clearTimeout(this.#handTimer);
    this.#handTimer = null;
    this.#shard.gate.open('hand');
    return true;
  }

  gateHolders(): readonly string[] {
    return this.#shard.gate.holders();
  }

  onHeld(observe: (waitMs: number, result: 'released' | 'failed') => void): void {
    this.#shard.stats.observeHeld = observe;
  }

  clients() {
    return [...this.#shard.clients.values()].map((client) => this.#view(client));
  }

  counters() {
    const { stats, clients, gate } = this.#shard;
    let heldBytes = 0;
    if (gate.heldCount > 0) {
      for (const client of clients.values()) if (client.waitsFor === 'held') heldBytes += client.input.length;
    }
    return {
      commands: stats.commands,
      held: { ...stats.held, bytes: heldBytes },
      clients: { connected: clients.size, accepted: stats.accepted, held: gate.heldCount },
      upstreams: { lane: this.#shard.upstreams('lane'), private: this.#shard.upstreams('private') },
      workers: { serving: 1, ended: 0 },
      errors: stats.errors,
      closed: stats.closed,
    };
  }

  /** All is in this process. */
  workerMetrics(): readonly string[] {
    return [];
  }

  #view(client: Client) {
    const now = this.#shard.options.now();
    const { session } = client;
    return {
      id: client.id,
      addr: client.addr,
      laddr: client.laddr,
      name: session.name,
      ageMs: now - client.connectedAt,
      idleMs: now - client.lastActiveAt,
      db: session.identity.db,
      resp: session.identity.resp,
      user: userOf(session.identity),
      waitsFor: client.waitsFor === 'nothing' && client.outstanding > 0 ? 'replies' : client.waitsFor,
      heldMs: client.pass.heldMs,
      upstream:
        client.link !== null ? ('private' as const) : client.lane !== null ? ('lane' as const) : ('none' as const),
      lastCommand: client.lastCommand,
      libName: session.libName,
      libVer: session.libVer,
    };
  }
}

function failAfter(ms: number, message: string): { timeout: Promise<never>; cancel: () => void } {
  let cancel = (): void => undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(message)), ms);
    cancel = () => clearTimeout(timer);
  });
  return { timeout, cancel };
}
