import type { Socket } from 'node:net';
import type { Config } from '../config/settings.js';
import type { Logger } from '../log/logger.js';
import { openDoor, turnAway, type Door } from '../proxy/entrance/door.js';
import { ANSWER_MS, Members } from './members.js';
import { Fleet } from './fleet.js';
import { FleetView } from './fleet-view.js';
import { PeerRelay } from './peer-relay.js';
import { RemoteMember } from './remote-member.js';
import { RestartDelay, type RestartTimes } from './restart-delay.js';
import { Watchdog, type WatchTimes } from './watchdog.js';
import { WorkerLink, type HandedConnection } from './worker-link.js';

/** Connections that are on their way to one worker; the others are left for whoever is faster. */
const ON_THEIR_WAY_MAX = 16;
/** To load the code takes a fraction of a second; on a machine that does nothing else, much longer. */
const START_MS = 30_000;

interface Worker {
  readonly link: WorkerLink;
  readonly member: RemoteMember;
  readonly startedAt: number;
  readonly onTheirWay: Map<number, Socket>;
  connections: number;
  isServing: boolean;
}

/** Times that are not those of a production. */
export interface PoolTimes {
  readonly watch?: WatchTimes;
  readonly restart?: RestartTimes;
}

interface Arrival extends HandedConnection {
  readonly socket: Socket;
}

/**
 * The workers of one Holdfast: processes that hold the data path.
 *
 * 1. This process accepts the connections and hands each one to the worker that has the fewest. So `max_clients` is exact, a
 *    connection that comes while a worker is started waits for it, and nobody connects to a worker that does not serve yet.
 * 2. A worker that ends takes its connections with it. It is started anew, and joins the fleet with the master that is
 *    served then.
 */
export class WorkerPool {
  readonly fleet: Fleet;
  readonly view: FleetView;
  /** Asks all nodes for their roles; a worker has reason to doubt that the master is one. */
  lookAtRoles: () => Promise<void> = () => Promise.resolve();
  readonly #members: Members;
  readonly #relay: PeerRelay;
  readonly #config: Config;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #watchdog: Watchdog;
  readonly #restartDelay: RestartDelay;
  readonly #workers = new Set<Worker>();
  readonly #doors: Door[] = [];
  readonly #arrivals: Arrival[] = [];
  #lastClientId = 0;
  #isStopping = false;

  constructor(config: Config, log: Logger, now: () => number, times: PoolTimes = {}) {
    this.#members = new Members(log);
    this.view = new FleetView(this.#members, now);
    this.#watchdog = new Watchdog(this.#members, log, times.watch);
    this.#restartDelay = new RestartDelay(times.restart);
    this.#relay = new PeerRelay(this.#members, now);
    this.fleet = new Fleet(this.#members, () => ({ pause: this.#relay.pause, handMs: this.view.handMs }));
    this.#config = config;
    this.#log = log;
    this.#now = now;
    for (let count = 0; count < config.workers; count++) this.#start();
  }

  /** Rejects with the system's error (`EADDRINUSE`, `EACCES`, …). @returns the address in use. */
  async listen(door: number): Promise<string> {
    const address = this.#config.listen[door];
    if (address === undefined) throw new RangeError(`there is no address ${door}`);
    const opened = await openDoor({
      address,
      paused: true,
      log: this.#log,
      take: (socket) => {
        if (this.#taken >= this.#config.maxClients) {
          this.view.turnedAway++;
          turnAway(socket, address);
          return;
        }
        this.#arrivals.push({ id: ++this.#lastClientId, door, socket });
        this.#handOver();
      },
    });
    this.#doors.push(opened);
    return opened.bound;
  }

  /** No new connections; those that are there go on. */
  stop(): void {
    for (const door of this.#doors) door.close();
  }

  /** The TLS files may have changed. */
  reload(): void {
    this.#members.tell('reload', null);
  }

  /** Ends every connection: idle ones at once, busy ones when they have their replies, all after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.#watchdog.stop();
    await this.#members.askWhoAnswers('drain', { graceMs }, graceMs + ANSWER_MS);
  }

  /** The end of all workers. */
  async close(): Promise<void> {
    this.#isStopping = true;
    for (const { socket } of this.#arrivals) socket.destroy();
    await Promise.all([...this.#workers].map(({ link }) => link.dismiss()));
  }

  get #taken(): number {
    let taken = this.#arrivals.length;
    for (const { connections } of this.#workers) taken += connections;
    return taken;
  }

  #start(): void {
    const link = new WorkerLink({ worker: this.#freeNumber(), config: this.#config });
    const unborn = setTimeout(() => void member.end(), START_MS).unref();
    const member: RemoteMember = new RemoteMember(link, {
      ready: () => {
        clearTimeout(unborn);
        this.#join(worker);
      },
      held: (waits) => this.view.heard(waits),
      doubts: () => this.lookAtRoles(),
      asks: (request) => this.#relay.pass(member, request),
      took: (id) => this.#took(worker, id),
      left: (connections) => {
        worker.connections -= connections;
        this.#handOver();
      },
      gone: () => {
        clearTimeout(unborn);
        this.#onGone(worker);
      },
    });
    const worker: Worker = {
      link,
      member,
      startedAt: this.#now(),
      onTheirWay: new Map(),
      connections: 0,
      isServing: false,
    };
    this.#workers.add(worker);
  }

  /** Numbers, and not those of the processes: so the series of metrics that each worker has do not grow in number. */
  #freeNumber(): number {
    const used = new Set([...this.#workers].map(({ link }) => link.name));
    let number = 1;
    while (used.has(String(number))) number++;
    return number;
  }

  #join(worker: Worker): void {
    const { link, member } = worker;
    this.fleet.join(member).then(
      () => {
        worker.isServing = true;
        this.#log.info({ worker: link.name, workerPid: link.pid }, 'a worker serves');
        this.#handOver();
      },
      (error: unknown) => {
        if (!this.#isStopping)
          this.#log.error({ worker: link.name, workerPid: link.pid, err: error }, 'a worker does not join');
        void member.end();
      },
    );
  }

  /** Each connection goes to the worker that has the fewest. */
  #handOver(): void {
    while (this.#arrivals.length > 0) {
      const worker = this.#leastBusy();
      if (worker === null) return;
      const arrival = this.#arrivals.shift();
      if (arrival === undefined) return;
      const { id, door, socket } = arrival;
      worker.connections++;
      worker.onTheirWay.set(id, socket);
      worker.link.give({ id, door }, socket);
    }
  }

  /** One that knows its master, if there is any: at another one commands would wait. */
  #leastBusy(): Worker | null {
    const free = [...this.#workers].filter((each) => each.isServing && each.onTheirWay.size < ON_THEIR_WAY_MAX);
    const ready = free.filter(({ member }) => !member.holders.includes('no-master'));
    const [first, ...others] = ready.length > 0 ? ready : free;
    if (first === undefined) return null;
    return others.reduce((least, each) => (each.connections < least.connections ? each : least), first);
  }

  #took(worker: Worker, id: number): void {
    // The worker has it; this closes no more than this process' own copy.
    worker.onTheirWay.get(id)?.destroy();
    worker.onTheirWay.delete(id);
    this.#handOver();
  }

  #onGone(worker: Worker): void {
    this.#workers.delete(worker);
    this.fleet.leave(worker.member);
    if (this.#members.delete(worker.member)) this.view.departed(worker.member);
    this.#relay.departed(worker.member);
    // Whether it had them, and read from them, nobody knows.
    for (const socket of worker.onTheirWay.values()) socket.destroy();
    if (this.#isStopping) return;
    const restartMs = this.#restartDelay.afterLife(this.#now() - worker.startedAt);
    const { link, connections } = worker;
    this.#log.error(
      { worker: link.name, workerPid: link.pid, connections, restartMs },
      'a worker has ended, and its connections with it; another one is started',
    );
    setTimeout(() => (this.#isStopping ? undefined : this.#start()), restartMs).unref();
  }
}
