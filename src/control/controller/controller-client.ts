/**
 * A client of kvrocks-controller's HTTP API.
 *
 * Several controllers stand beside each other, and one of them leads. Reading is asked of the one that led last, and when that does
 * not help, of all at once: the first good answer counts. A follower answers with a redirection (307) to the leader.
 *
 * A failover is asked of one controller, once, and only of one that has just shown that it leads (it answered without a redirection).
 * Redirections of it are not followed here: a follower of kvrocks-controller 1.2 has been read to run what it redirects as well
 * (its middleware does not abort), so whoever follows blindly runs it twice.
 */
import type { z } from 'zod';
import { Connections, type Answer } from './exchange.js';
import { clusterReply, errorReply, failoverReply, type OwnedCluster } from './cluster-schema.js';

/** Which cluster of which controllers. */
export interface ControllerAddress {
  /** Where the controllers answer: `http://10.0.0.1:9379`. */
  readonly endpoints: readonly string[];
  readonly namespace: string;
  readonly cluster: string;
}

/** The topology, and the controller that leads. */
export interface ClusterReading {
  readonly cluster: OwnedCluster;
  /** Its base address. */
  readonly leader: string;
}

/** What a failover is asked with; the names are the API's. */
export interface FailoverOrder {
  readonly preferred_node_id: string;
  readonly options: {
    readonly force_on_timeout: boolean;
    readonly sync_timeout_ms: number;
    readonly pause_timeout_ms: number;
  };
}

/**
 * How a failover was answered:
 * - `done`: the controller has made `node` (an id) the master, and tells all nodes. It may not be the one that was asked for;
 * - `refused`: nothing was done;
 * - `redirected`: another controller leads. The one that was asked is finished with it, whether it ran it or not;
 * - `unclear`: it may have been done. The controller is finished with it, and its topology tells.
 */
export type FailoverAnswer =
  | { readonly type: 'done'; readonly node: string }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'redirected'; readonly message: string }
  | { readonly type: 'unclear'; readonly message: string };

/** A controller that can not be reached, or has no answer. */
class ControllerError extends Error {
  override readonly name = 'ControllerError';
}

/** From a follower to the leader, and once more if that has just changed. */
const REDIRECTIONS_MAX = 2;

/**
 * The leader of last time has so much of the time, as a part, before the others are asked too. A process that hangs takes a
 * connection and says nothing.
 */
const FIRST_SHARE = 1 / 3;

export class ControllerClient {
  readonly #address: ControllerAddress;
  readonly #connections = new Connections();
  #lastLeader: string | null = null;

  constructor(address: ControllerAddress) {
    this.#address = address;
  }

  /** Reads the topology. Rejects with a `ControllerError`. */
  async read(timeoutMs: number): Promise<ClusterReading> {
    const start = performance.now();
    const last = this.#lastLeader;
    if (last !== null) {
      try {
        return this.#remember(await this.#readAt(last, Math.ceil(timeoutMs * FIRST_SHARE)));
      } catch {
        this.#lastLeader = null;
      }
    }
    const leftMs = Math.max(1, timeoutMs - (performance.now() - start));
    try {
      return this.#remember(await Promise.any(this.#address.endpoints.map((each) => this.#readAt(each, leftMs))));
    } catch (error) {
      throw new ControllerError(wordsOfAll(error));
    }
  }

  /**
   * Asks for a failover, once. Rejects with an `ExchangeError`: `unsent`, or `unknown` when no answer came within `timeoutMs`.
   *
   * @param leader who answered the last {@link read}.
   */
  async failover(leader: string, shard: number, order: FailoverOrder, timeoutMs: number): Promise<FailoverAnswer> {
    const url = this.#url(leader, `/shards/${shard}/failover`);
    const answer = await this.#connections.ask({ method: 'POST', url, body: order, timeoutMs });
    return judgeFailover(answer);
  }

  close(): void {
    this.#connections.close();
  }

  #remember(reading: ClusterReading): ClusterReading {
    this.#lastLeader = reading.leader;
    return reading;
  }

  async #readAt(endpoint: string, timeoutMs: number): Promise<ClusterReading> {
    const until = performance.now() + timeoutMs;
    let leader = endpoint;
    for (let hops = 0; hops <= REDIRECTIONS_MAX; hops++) {
      const leftMs = Math.max(1, Math.ceil(until - performance.now()));
      const answer = await this.#connections.ask({ method: 'GET', url: this.#url(leader, ''), timeoutMs: leftMs });
      if (answer.status === 200) return { cluster: parse(clusterReply, answer).data.cluster, leader };
      if (!isRedirection(answer)) throw new ControllerError(wordsOf(answer));
      leader = originOf(answer.location);
    }
    throw new ControllerError('redirected round in a circle');
  }

  #url(endpoint: string, path: string): URL {
    const { namespace, cluster } = this.#address;
    const names = `/api/v1/namespaces/${encodeURIComponent(namespace)}/clusters/${encodeURIComponent(cluster)}`;
    return new URL(names + path, endpoint);
  }
}

/**
 * What the controller finds wrong with a request (4xx) it finds before it does anything. An error on its side (5xx) may mean that the
 * new topology was stored and the store's answer was lost; a redirection, that a follower ran it all the same.
 */
function judgeFailover(answer: Answer): FailoverAnswer {
  const { status } = answer;
  if (status === 200) return doneBy(answer);
  if (isRedirection(answer)) return { type: 'redirected', message: `redirected to ${answer.location}` };
  return { type: status >= 400 && status < 500 ? 'refused' : 'unclear', message: wordsOf(answer) };
}

function doneBy(answer: Answer): FailoverAnswer {
  try {
    return { type: 'done', node: parse(failoverReply, answer).data.new_master_id };
  } catch (error) {
    return { type: 'unclear', message: error instanceof Error ? error.message : String(error) };
  }
}

function isRedirection({ status, location }: Answer): boolean {
  return [301, 302, 307, 308].includes(status) && location !== '';
}

function originOf(location: string): string {
  if (!URL.canParse(location)) throw new ControllerError(`redirected to ${JSON.stringify(location)}`);
  return new URL(location).origin;
}

function parse<T>(schema: z.ZodType<T>, { body }: Answer): T {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ControllerError('its answer is no JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ControllerError(`its answer is not understood (at ${where || 'the top'})`);
}

/** The controller's own words, or at least the status. */
function wordsOf(answer: Answer): string {
  try {
    return parse(errorReply, answer).error;
  } catch {
    return `HTTP ${answer.status}`;
  }
}

function wordsOfAll(error: unknown): string {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const words = errors.map((each) => (each instanceof Error ? each.message : String(each)));
  return [...new Set(words)].join('; ');
}
