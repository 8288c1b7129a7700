import type { NodeId } from '../config/node-address.js';
import type { Logger } from '../log/logger.js';
import { SwitchoverDriver, type DriverListener } from './driver.js';
import { abortSentence } from './endings.js';
import { HoldOverhead } from './hold-overhead.js';
import { Journal } from './journal.js';
import { NodeCaller } from './node-caller.js';
import type {
  Clock,
  DataPath,
  RoleReading,
  ShardNode,
  StateStore,
  SwitchoverControl,
  SwitchoverObserver,
  SwitchoverPhase,
  SwitchoverReport,
  SwitchoverRequest,
  SwitchoverStatus,
} from './ports.js';
import { REFUSAL_REASONS, type RefusalReason } from './reasons.js';
import { Recoverer } from './recoverer.js';
import type { RecoveryStep } from './recovery.js';
import { reportRun, type Ending } from './report.js';
import type { LostMaster } from './run.js';
import { isDiverged } from './settling.js';
import { effectiveSettings, type SwitchoverSettings } from './settings.js';
import type { State } from './states.js';
import { isAbortable, isBusy, statusOf } from './status.js';
import type { SwitchStrategy } from './strategy.js';

/** What a {@link SwitchoverService} works on. */
export interface SwitchoverServiceOptions {
  /** The nodes of the shard, in configured order. */
  readonly nodes: readonly ShardNode[];
  /** How the roles of these nodes are changed. */
  readonly strategy: SwitchStrategy;
  readonly dataPath: DataPath;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: SwitchoverSettings;
  readonly observer: SwitchoverObserver;
  /** Gives each switchover its id. */
  readonly newId: () => string;
}

/** Switchovers as the admin side sees them: one at a time, each answered once, all kept in the history. */
export class SwitchoverService implements SwitchoverControl {
  readonly #options: SwitchoverServiceOptions;
  readonly #journal: Journal;
  readonly #driver: SwitchoverDriver;
  readonly #caller: NodeCaller;
  readonly #recoverer: Recoverer;
  /** Operators who wait for an answer, by switchover. */
  readonly #waiting = new Map<string, (report: SwitchoverReport) => void>();
  readonly #overhead = new HoldOverhead();
  readonly #listeners = new Set<(status: SwitchoverStatus) => void>();
  #lastSeen: () => Omit<LostMaster, 'force'> | null = () => null;
  #closing = false;

  /** Reads the state. Throws what {@link StateStore.read} throws. */
  constructor(options: SwitchoverServiceOptions) {
    const { clock, dataPath, log, nodes, store, strategy } = options;
    this.#options = options;
    this.#journal = new Journal(store, clock, log);
    this.#caller = new NodeCaller(new Map(nodes.map((node) => [node.id, node])), strategy, clock);
    this.#caller.inherit(this.#journal.state.intent);
    this.#driver = new SwitchoverDriver(
      { caller: this.#caller, dataPath, journal: this.#journal, clock, log },
      {
        changed: (state) => this.#changed(state),
        finished: (report) => this.#finished(report),
        diverged: (found) => this.#diverged(found),
        phases: (phases) => this.#measured(phases),
        answer: (report) => this.#answer(report),
      },
    );
    this.#recoverer = new Recoverer({
      journal: this.#journal,
      driver: this.#driver,
      caller: this.#caller,
      strategy,
      settings: options.settings,
      clock,
      log,
      newId: options.newId,
      concluded: (report) =>
        this.#guard('the observer of the switchover failed', () => options.observer.finished(report)),
    });
  }

  /** Looks from now on whether a switchover could write its intent; ends with {@link shutdown}. */
  watchStore(): void {
    this.#journal.watch();
  }

  switchover(request: SwitchoverRequest): Promise<SwitchoverReport> {
    const { newId, settings, strategy, clock } = this.#options;
    const id = newId();
    const startedAt = clock.wall().toISOString();
    const run = {
      id,
      startedAt,
      dryRun: request.dryRun ?? false,
      settings: effectiveSettings(settings, request),
      strategy: strategy.traits,
      nodes: this.#caller.ids(),
      epoch: this.#journal.state.epoch + 1,
      overheadMs: this.#overhead.ms,
      leadMs: this.#overhead.leadMs,
      unfinished: this.#journal.state.intent,
    };
    const to = request.to ?? null;
    const refuse = (reason: RefusalReason): Promise<SwitchoverReport> => {
      const ending: Ending = { outcome: 'refused', reason, sentence: REFUSAL_REASONS[reason] };
      const report = reportRun({ ...run, requestedAt: clock.now(), named: to }, ending);
      this.#finished(report);
      return Promise.resolve(report);
    };
    if (this.#closing) return refuse('shutting-down');
    if (request.unplanned !== true) return this.#command(id, { type: 'requested', to, ...run });
    // Whoever owns the roles replaces a dead master too; two who do would make two masters.
    if (strategy.traits.topology !== 'direct') return refuse('managed-elsewhere');
    const lost = this.#lost(request.forceOnTimeout ?? false);
    if (lost === null) return refuse('no-master');
    const deposed = request.deposed ?? true;
    return this.#command(id, { type: 'failover-requested', to, ...run, lost: { ...lost, deposed } });
  }

  #command(id: string, command: Parameters<SwitchoverDriver['command']>[0]): Promise<SwitchoverReport> {
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#driver.command(command);
    });
  }

  /** Says who knows the master that was served last, and what it last said; null: nobody has seen one. */
  askForLostMaster(lastSeen: () => Omit<LostMaster, 'force'> | null): void {
    this.#lastSeen = lastSeen;
  }

  /** The master that the state file names. */
  recordedMaster(): NodeId | null {
    return this.#journal.state.master;
  }

  /** The master that an unplanned switch is to replace; null: nobody knows. */
  #lost(force: boolean): LostMaster | null {
    const seen = this.#lastSeen();
    if (seen !== null) return { ...seen, force };
    const node = this.#journal.state.master;
    return node === null ? null : { node, facts: null, seenAt: null, silentSince: null, force };
  }

  abort(): boolean {
    if (!isAbortable(this.#driver.state)) return false;
    this.#driver.command({ type: 'abort-requested' });
    return true;
  }

  status(): SwitchoverStatus {
    return this.#statusOf(this.#driver.state);
  }

  history(): readonly SwitchoverReport[] {
    return this.#journal.state.history;
  }

  onState(listener: (status: SwitchoverStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Decides at start, and whenever the roles have changed while nothing is served, what is to be served, and takes the
   * steps towards the nodes that follow from it. The caller tells the data path.
   *
   * @param roles what every node says of itself; null: it does not answer.
   */
  recover(roles: ReadonlyMap<NodeId, RoleReading | null>): RecoveryStep {
    return this.#recoverer.recover(roles);
  }

  /** See {@link Recoverer.recall}. */
  recall(plan: Extract<RecoveryStep, { readonly type: 'recall' }>): Promise<boolean> {
    return this.#recoverer.recall(plan);
  }

  /** See {@link Recoverer.rejoin}. */
  rejoin(node: NodeId, master: NodeId): void {
    if (!this.#closing) this.#recoverer.rejoin(node, master);
  }

  /** Somebody else has made `master` the master, and it is served. */
  overtaken(master: NodeId): void {
    this.#driver.command({ type: 'overtaken', master });
  }

  acceptLoss(node: NodeId): boolean {
    const { state } = this.#driver;
    const isKeptOut = state.type === 'settling' && state.tasks.some((task) => task.node === node && isDiverged(task));
    if (isKeptOut) this.#driver.command({ type: 'loss-accepted', node });
    return isKeptOut;
  }

  /** Stops what can be stopped, waits for what can not (the demotion included), at most `settle_timeout_ms`. */
  async shutdown(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#recoverer.stop();
    this.#driver.command({ type: 'shutdown' });
    await this.#idle();
    this.#driver.command({ type: 'stop' });
    this.#driver.tellNow();
    await this.#journal.close();
  }

  /** Settles when the machine is at rest, or has had its time. */
  #idle(): Promise<void> {
    return new Promise((resolve) => {
      const { clock, settings } = this.#options;
      const look = () => (isBusy(this.#driver.state) ? undefined : done());
      const done = () => {
        cancel();
        stopLooking();
        resolve();
      };
      const cancel = clock.schedule(settings.settleTimeoutMs, done);
      const stopLooking = this.onState(look);
      look();
    });
  }

  #changed(state: State): void {
    const { log } = this.#options;
    const status = this.#statusOf(state);
    log.debug({ state: state.type, id: status.id }, 'the switchover changed its state');
    for (const listener of this.#listeners) {
      this.#guard('a listener of the switchover failed', () => listener(status));
    }
    if (state.type === 'stopped') this.#answerAll();
  }

  #finished(report: SwitchoverReport): void {
    const { log, observer } = this.#options;
    this.#overhead.learn(report);
    this.#guard('the strategy failed to conclude', () => this.#options.strategy.conclude());
    const fields = { ...report, resync: undefined };
    if (report.outcome === 'unresolved') log.error(fields, 'the switchover is unresolved');
    else if (report.outcome === 'aborted') log.warn(fields, 'the switchover was aborted');
    else log.info(fields, 'the switchover is over');
    this.#guard('the observer of the switchover failed', () => observer.finished(report));
  }

  #measured(phases: readonly (readonly [SwitchoverPhase, number])[]): void {
    const { observer } = this.#options;
    for (const [phase, durationMs] of phases) {
      this.#guard('the observer of the switchover failed', () => observer.phase(phase, durationMs));
    }
  }

  #answer(report: SwitchoverReport): void {
    this.#waiting.get(report.id)?.(report);
    this.#waiting.delete(report.id);
  }

  /** After a defect there may be operators whom the machine can not answer any more. */
  #answerAll(): void {
    for (const [id, resolve] of this.#waiting) {
      const reason = 'internal-error';
      const ending: Ending = { outcome: 'aborted', reason, sentence: abortSentence(reason, '') };
      const { clock, settings, strategy } = this.#options;
      const startedAt = clock.wall().toISOString();
      const epoch = this.#journal.state.epoch + 1;
      const requestedAt = clock.now();
      resolve(
        reportRun(
          {
            id,
            startedAt,
            requestedAt,
            named: null,
            dryRun: false,
            settings,
            strategy: strategy.traits,
            nodes: [],
            epoch,
            overheadMs: 0,
            leadMs: null,
          },
          ending,
        ),
      );
    }
    this.#waiting.clear();
  }

  #statusOf(state: State): SwitchoverStatus {
    const { epoch } = this.#journal.state;
    return statusOf(state, { at: this.#options.clock.now(), epoch, journalProblem: this.#journal.problem });
  }

  #diverged({ node, extraWrites, isKeptOut }: Parameters<DriverListener['diverged']>[0]): void {
    const { log, observer } = this.#options;
    const what = isKeptOut ? 'is kept out' : 'follows again, and they are lost';
    log.error({ node, extraWrites }, `a former master has writes that the master has not, and ${what}`);
    this.#guard('the observer of the switchover failed', () => observer.diverged(node));
  }

  #guard(message: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log.error({ err: error }, message);
    }
  }
}
