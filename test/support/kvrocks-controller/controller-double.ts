import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ControllerStore } from './controller-store.js';
import { runFailover, type FailoverRequest, type FailoverStep } from './failover.js';
import { ManagedNodes } from './managed-nodes.js';
import { probeNodes } from './prober.js';

export interface ControllerDoubleOptions {
  /** How often it probes the nodes; a real one every 3 s. */
  readonly probeIntervalMs?: number;
}

const PROBE_INTERVAL_MS = 3000;

/** An error with a status of its own. */
class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The process is gone: nothing that it had begun goes on. */
class Gone extends Error {}

/**
 * Stands in for one kvrocks-controller (release 1.2 and later), which no Debian package provides; written after its documentation and the
 * source of its API, its failover and its prober. It really fails over the nodes it is given. What it does not have: namespaces and clusters
 * but the one, changing slots or nodes, its own failover of a master that does not answer.
 *
 * A follower answers every request with a redirection to the leader, and then does what was asked all the same, because the
 * real one's middleware does not stop the handlers behind it ({@link followsThrough}).
 */
export class ControllerDouble {
  readonly address: string;
  readonly store: ControllerStore;
  /** Failover requests that came here. */
  failoversAsked = 0;
  /** Called at each step of a failover here; what it rejects with is answered as an error of the server. */
  onStep: (step: FailoverStep) => Promise<void> | void = () => undefined;
  /** Called when a failover request has come, before it is looked at who leads. */
  onFailover: () => Promise<void> | void = () => undefined;
  /** It takes requests and never answers. */
  hangs = false;
  /** Ids of nodes that it finds unfit to be the master; it takes another one then. */
  readonly unfit = new Set<string>();
  /** A follower does what it redirects, too. */
  followsThrough = true;
  readonly #listener: Server;
  readonly #nodes = new ManagedNodes();
  readonly #prober: NodeJS.Timeout;
  #isProbing = false;
  #isGone = false;

  private constructor(listener: Server, port: number, store: ControllerStore, options: ControllerDoubleOptions) {
    this.#listener = listener;
    this.address = `127.0.0.1:${port}`;
    this.store = store;
    this.#prober = setInterval(() => void this.probe(), options.probeIntervalMs ?? PROBE_INTERVAL_MS).unref();
    listener.on('request', (request, response) => void this.#answer(request, response));
  }

  static async start(store: ControllerStore, options: ControllerDoubleOptions = {}): Promise<ControllerDouble> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const at = listener.address();
    if (at === null || typeof at === 'string') throw new Error('a TCP listener without a port');
    return new ControllerDouble(listener, at.port, store, options);
  }

  get endpoint(): string {
    return `http://${this.address}`;
  }

  get isLeader(): boolean {
    return this.store.leader === this.address;
  }

  /** Ends as a process does that dies: nobody gets an answer, and what it was doing stops where it is. */
  die(): void {
    this.#isGone = true;
    clearInterval(this.#prober);
    this.#listener.close();
    this.#listener.closeAllConnections();
    this.#nodes.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.hangs) return;
    if (request.method === 'POST') await this.onFailover();
    const { leader } = this.store;
    if (leader === '') return send(response, 400, { error: 'no leader now, please retry later' });
    const isFollower = leader !== this.address;
    try {
      if (isFollower && !this.followsThrough) return redirect(response, leader, request.url ?? '');
      const data = await this.#route(request);
      if (isFollower) redirect(response, leader, request.url ?? '');
      else send(response, 200, { data });
    } catch (error) {
      if (this.#isGone || error instanceof Gone) return (response.destroy(), undefined);
      if (isFollower) return redirect(response, leader, request.url ?? '');
      const message = error instanceof Error ? error.message : String(error);
      send(response, error instanceof HttpError ? error.status : 500, { error: { message }, data: null });
    }
  }

  async #route(request: IncomingMessage): Promise<unknown> {
    const { namespace } = this.store;
    const path = /^\/api\/v1\/namespaces\/([^/]+)\/clusters\/([^/]+)(?:\/shards\/([^/]+)\/failover)?$/.exec(
      request.url ?? '',
    );
    if (path === null) throw new HttpError(404, 'not found');
    const [, askedNamespace, askedCluster, shard] = path;
    if (askedNamespace !== namespace) throw new HttpError(400, 'namespace not found');
    const cluster = this.store.read();
    if (askedCluster !== cluster.name) throw new HttpError(404, 'cluster: not found');
    if (shard === undefined) return { cluster };
    this.failoversAsked += 1;
    const order = JSON.parse(await bodyOf(request)) as FailoverRequest;
    const preferred = order.preferred_node_id ?? '';
    if (preferred !== '' && preferred.length !== 40) throw new HttpError(400, `invalid node id: ${preferred}`);
    if (cluster.shards[Number(shard)] === undefined) throw new HttpError(400, 'index out of range');
    const node = await runFailover({
      store: this.store,
      nodes: this.#nodes,
      shard: Number(shard),
      request: order,
      unfit: this.unfit,
      at: (step) => this.#pass(step),
    });
    void this.#tellAll();
    await this.#pass('answering');
    return { new_master_id: node };
  }

  async #pass(step: FailoverStep): Promise<void> {
    if (this.#isGone) throw new Gone();
    await this.onStep(step);
    if (this.#isGone) throw new Gone();
  }

  /** After each change, as an event lets the leader do. */
  async #tellAll(): Promise<void> {
    const cluster = this.store.read();
    await Promise.allSettled(
      cluster.shards.flatMap(({ nodes }) => nodes.map((node) => this.#nodes.push(node, cluster))),
    );
  }

  /** One round of the prober; only the leader has one. */
  async probe(): Promise<void> {
    if (!this.isLeader || this.#isProbing || this.#isGone) return;
    this.#isProbing = true;
    try {
      await probeNodes(this.store, this.#nodes);
    } finally {
      this.#isProbing = false;
    }
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

function redirect(response: ServerResponse, leader: string, path: string): void {
  response.writeHead(307, { location: `http://${leader}${path}` });
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}
