import type { NodeId } from '../config/node-address.js';
import type { Logger } from '../log/logger.js';
import { SwitchoverDriver } from './driver.js';
import type { Intent } from './effects.js';
import { abortSentence, unresolvedSentence } from './endings.js';
import { HoldOverhead } from './hold-overhead.js';
import { Journal } from './journal.js';
import { NodeCaller } from './node-caller.js';
import type {
  Clock,
  DataPath,
  RoleFacts,
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
import { planRecovery, type RecoveryPlan } from './recovery.js';
import { reportRun, reportSwitch, type Ending } from './report.js';
import { switchFromIntent, type LostMaster } from './run.js';
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
    this.#driver = new SwitchoverDriver(
      { caller: this.#caller, dataPath, journal: this.#journal, clock, log },
      {
        changed: (state) => this.#changed(state),
        finished: (report) => this.#finished(report),
        phases: (phases) => this.#measured(phases),
        answer: (report) => this.#answer(report),
      },
    );
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
    return this.#command(id, { type: 'failover-requested', to, ...run, lost });
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
  recover(roles: ReadonlyMap<NodeId, RoleFacts | null>): RecoveryPlan {
    const plan = planRecovery(this.#journal.state, roles);
    switch (plan.type) {
      case 'serve':
        this.#journal.adopt(plan.master, plan.intent === null ? null : this.#conclude(plan.intent, 'moved-elsewhere'));
        break;
      case 'undo':
        this.#journal.adopt(plan.master, this.#conclude(plan.intent, 'holdfast-ended'));
        this.#endPause(plan.master);
        break;
      case 'finish':
        this.#options.log.warn({ ...plan.intent }, 'a switchover that an earlier process began is being finished');
        this.#driver.command(this.#resumption(plan.intent));
        break;
      case 'wait':
      case 'two-masters':
        break;
    }
    return plan;
  }

  #resumption(intent: Intent) {
    const { settings, strategy } = this.#options;
    const { epoch, history } = this.#journal.state;
    const earlier = history.find(({ id }) => id === intent.id) ?? null;
    return {
      type: 'resumed' as const,
      intent,
      settings,
      strategy: strategy.traits,
      nodes: this.#caller.ids(),
      epoch: earlier?.outcome === 'switched' ? epoch : epoch + 1,
      earlier,
    };
  }

  /** How a switchover of an earlier process ended that this one does not finish. */
  #conclude(intent: Intent, reason: 'holdfast-ended' | 'moved-elsewhere'): SwitchoverReport {
    const { log, observer, clock } = this.#options;
    const ending: Ending =
      reason === 'holdfast-ended'
        ? { outcome: 'aborted', reason, sentence: abortSentence(reason, '') }
        : { outcome: 'unresolved', reason, sentence: unresolvedSentence(reason, '') };
    const report = reportSwitch(switchFromIntent({ ...this.#resumption(intent), at: clock.now() }), ending);
    log.warn({ ...report, resync: undefined }, 'a switchover that an earlier process began is over');
    this.#guard('the observer of the switchover failed', () => observer.finished(report));
    return report;
  }

  /** Stops what can be stopped, waits for what can not (the demotion included), at most `settle_timeout_ms`. */
  async shutdown(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
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

  /** A pause that an earlier process may have left; it ends by itself if this fails. */
  #endPause(node: NodeId): void {
    const { log, settings } = this.#options;
    this.#caller
      .call({ type: 'unfence', call: 0, node, timeoutMs: settings.commandTimeoutMs })
      .catch((error: unknown) => {
        log.warn({ err: error, node }, 'the pause of an earlier switchover could not be ended');
      });
  }

  #guard(message: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log.error({ err: error }, message);
    }
  }
}
