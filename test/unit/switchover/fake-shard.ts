import type { NodeId } from '../../../src/config/node-address.js';
import {
  NodeError,
  type NodeErrorKind,
  type NodeFacts,
  type RoleFacts,
  type ShardNode,
} from '../../../src/switchover/ports.js';
import type { ConnectionIdentity } from '../../../src/switchover/intent.js';
import type { FakeClock } from './fake-clock.js';

export type Verb = Exclude<keyof ShardNode, 'id'>;

/**
 * What happens to a command instead of its answer.
 * - `throws`: the port itself throws at once
 * - `never`, and it did not run; `lost`: it ran, and its answer never comes
 * - `late`: it runs and is answered only after so many ms
 */
export type Trouble =
  | { readonly how: 'throws' | 'never' | 'lost' }
  | { readonly how: NodeErrorKind; readonly ran?: boolean; readonly code?: string }
  | { readonly how: 'late'; readonly ms: number };

/** Everything that was done to nodes and data path, in order, as `verb node …`. */
export type Trace = string[];

/** A server of a shard that behaves, until a test says otherwise. */
export class FakeNode implements ShardNode {
  readonly id: NodeId;
  role_: 'master' | 'replica' = 'replica';
  offset = 100;
  follows: NodeId | null = null;
  linkUp = true;
  syncing = false;
  pausedUntil = 0;
  connection: ConnectionIdentity | null = null;
  /** Why its role can not be written. */
  unpersisted = '';
  full = 0;
  partial = 0;
  facts_: Partial<NodeFacts> = {};
  /** Applied offsets that are answered one after the other before `offset` is. */
  readonly appliedScript: number[] = [];
  /** Run when the command is called, before anything comes of it. */
  readonly hooks = new Map<Verb, () => void>();
  readonly #troubles = new Map<Verb, (Trouble | null)[]>();
  readonly #clock: FakeClock;
  readonly #trace: Trace;

  constructor(id: NodeId, clock: FakeClock, trace: Trace) {
    this.id = id;
    this.#clock = clock;
    this.#trace = trace;
  }

  /** The next calls of `verb` meet these; null: that call goes well. The last one is met again and again. */
  trouble(verb: Verb, ...troubles: (Trouble | null)[]): this {
    this.#troubles.set(verb, [...troubles]);
    return this;
  }

  connect(): Promise<void> {
    return this.#run('connect', '', () => undefined);
  }
  facts(): Promise<NodeFacts> {
    return this.#run('facts', '', () => ({
      ...this.#roleFacts(),
      node: this.id,
      engine: 'redis' as const,
      version: '7.0.15',
      runId: this.id,
      loading: false,
      priority: 100,
      clusterEnabled: false,
      canPause: true,
      replicas: [],
      roundTripMs: 0.2,
      ...this.facts_,
    }));
  }
  missingRights(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
  role(): Promise<RoleFacts> {
    return this.#run('role', '', () => this.#roleFacts());
  }
  fence(pauseMs: number): Promise<number> {
    return this.#run('fence', String(pauseMs), () => {
      this.pausedUntil = this.#clock.now() + pauseMs;
      return this.offset;
    });
  }
  masterOffset(): Promise<number> {
    return this.#run('masterOffset', '', () => this.offset);
  }
  extendFence(pauseMs: number): Promise<void> {
    return this.#run('extendFence', String(pauseMs), () => {
      this.pausedUntil = this.#clock.now() + pauseMs;
    });
  }
  unfence(): Promise<void> {
    return this.#run('unfence', '', () => {
      this.pausedUntil = 0;
    });
  }
  roundTrip(): Promise<number> {
    return Promise.resolve(0.1);
  }
  appliedOffset(): Promise<number> {
    return this.#run('appliedOffset', '', () => this.appliedScript.shift() ?? this.offset);
  }
  promote(): Promise<void> {
    return this.#run('promote', '', () => {
      this.role_ = 'master';
      this.follows = null;
    });
  }
  pledgeConnection(): ConnectionIdentity | null {
    return this.connection;
  }
  endConnection({ id, addr }: ConnectionIdentity): Promise<void> {
    return this.#run('endConnection', `${id} ${addr}`, () => undefined);
  }
  demote(master: NodeId): Promise<void> {
    return this.#run('demote', master, () => {
      this.#attach(master);
      this.pausedUntil = 0;
    });
  }
  follow(master: NodeId): Promise<void> {
    return this.#run('follow', master, () => this.#attach(master));
  }
  persist(): Promise<string> {
    return this.#run('persist', '', () => this.unpersisted);
  }
  syncCounters(): Promise<{ full: number; partial: number }> {
    return this.#run('syncCounters', '', () => ({ full: this.full, partial: this.partial }));
  }

  #attach(master: NodeId): void {
    this.role_ = 'replica';
    this.follows = master;
  }

  #roleFacts(): RoleFacts {
    const { role_: role, offset, follows, linkUp, syncing } = this;
    return follows === null ? { role, offset } : { role, offset, follows: { node: follows, linkUp, syncing } };
  }

  #run<T>(verb: Verb, details: string, effect: () => T): Promise<T> {
    this.#trace.push(`${verb} ${this.id}${details === '' ? '' : ` ${details}`}`);
    this.hooks.get(verb)?.();
    const script = this.#troubles.get(verb);
    const trouble = (script !== undefined && script.length > 1 ? script.shift() : script?.[0]) ?? null;
    // As from a socket: never in the turn of the question.
    if (trouble === null) return new Promise((resolve) => setImmediate(() => resolve(effect())));
    switch (trouble.how) {
      case 'throws':
        throw new Error(`${verb} threw`);
      case 'never':
        return new Promise(() => undefined);
      case 'lost':
        effect();
        return new Promise(() => undefined);
      case 'late':
        return new Promise((resolve) => {
          this.#clock.schedule(trouble.ms, () => resolve(effect()));
        });
      default:
        if (trouble.ran === true) effect();
        return Promise.reject(new NodeError(this.id, trouble.how, `${verb} failed`, trouble.code ?? ''));
    }
  }
}
