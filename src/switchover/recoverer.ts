import type { NodeId } from '../config/node-address.js';
import type { Logger } from '../log/logger.js';
import type { SwitchoverDriver } from './driver.js';
import type { Intent } from './intent.js';
import { abortSentence, unresolvedSentence } from './endings.js';
import type { Journal } from './journal.js';
import type { NodeCaller } from './node-caller.js';
import type { Clock, RoleReading, SwitchoverReport } from './ports.js';
import { planRecovery, type RecoveryPlan, type RecoveryStep } from './recovery.js';
import { reportSwitch, type Ending } from './report.js';
import { switchFromIntent } from './run.js';
import type { SwitchoverSettings } from './settings.js';
import type { SwitchStrategy } from './strategy.js';

/** What a {@link Recoverer} works on. */
export interface RecovererParts {
  readonly journal: Journal;
  readonly driver: SwitchoverDriver;
  readonly caller: NodeCaller;
  readonly strategy: SwitchStrategy;
  readonly settings: SwitchoverSettings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly newId: () => string;
  /** Hears how a switchover of an earlier process ended that is not finished. */
  readonly concluded: (report: SwitchoverReport) => void;
}

/** Between two attempts to end a connection of an ended process, ms: nobody is served meanwhile, but a server may be gone for long. */
const RECALL_AGAIN_MS = 500;

/** Makes good what an earlier process left unfinished, and what a former master does that is started again. */
export class Recoverer {
  readonly #parts: RecovererParts;
  #isStopped = false;
  #wake: () => void = () => undefined;

  constructor(parts: RecovererParts) {
    this.#parts = parts;
  }

  /** See {@link SwitchoverService.recover}. */
  recover(roles: ReadonlyMap<NodeId, RoleReading | null>): RecoveryStep {
    const { journal, driver, log } = this.#parts;
    const plan = planRecovery(journal.state, roles);
    switch (plan.type) {
      case 'serve':
        journal.adopt(plan.master, plan.intent === null ? null : this.#conclude(plan.intent, 'moved-elsewhere'));
        break;
      case 'undo':
        journal.adopt(plan.master, this.#conclude(plan.intent, 'holdfast-ended'));
        this.#endPause(plan.master);
        break;
      case 'give-up':
        journal.record({ report: this.#conclude(plan.intent, 'holdfast-ended'), intentDone: true });
        return this.recover(roles);
      case 'finish':
        log.warn({ ...plan.intent }, 'a switchover that an earlier process began is being finished');
        driver.command({ ...this.#resumption(plan.intent), isOwn: false });
        break;
      case 'recall':
      case 'wait':
      case 'succession':
      case 'two-masters':
        break;
    }
    return plan;
  }

  /**
   * Does what a plan of that name asks for. Never rejects.
   *
   * @returns whether it is time to decide anew; not when this has been stopped.
   */
  async recall({ intent, connection }: Extract<RecoveryPlan, { readonly type: 'recall' }>): Promise<boolean> {
    const { journal, caller, settings, log } = this.#parts;
    try {
      const { role } = await caller.recall(intent.to, connection, settings.commandTimeoutMs);
      // A master it has become just now: the monitor is about to see it.
      if (role === 'replica' && journal.state.intent === intent) {
        journal.begin({ ...intent, connection: undefined });
        return !this.#isStopped;
      }
    } catch (error) {
      log.warn({ err: error, node: intent.to }, 'what an ended process has sent may yet run');
    }
    if (!this.#isStopped) await this.#rest();
    return !this.#isStopped;
  }

  /** Ends what waits. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.schedule(RECALL_AGAIN_MS, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /**
   * A node came back as a master while `master` is the one: makes it follow again. Nothing happens while a switch is on, or where
   * somebody else owns the roles.
   */
  rejoin(node: NodeId, master: NodeId): void {
    const { journal, driver, strategy, clock, log, newId } = this.#parts;
    const isFree = driver.state.type === 'serving' && journal.state.intent === null;
    if (!isFree || strategy.traits.topology !== 'direct') return;
    const intent: Intent = {
      id: newId(),
      from: node,
      to: master,
      startedAt: clock.wall().toISOString(),
      rejoin: true,
    };
    log.warn({ node, master }, 'a former master came back as a master; it is to follow again');
    // On disk beside the work: a start that finds two masters must know which of them is the former one.
    journal.begin(intent);
    driver.command({ ...this.#resumption(intent), isOwn: true });
  }

  #resumption(intent: Intent) {
    const { journal, settings, strategy, caller } = this.#parts;
    const { epoch, history } = journal.state;
    const earlier = history.find(({ id }) => id === intent.id) ?? null;
    const isCounted = earlier?.outcome === 'switched' || intent.rejoin === true;
    return {
      type: 'resumed' as const,
      intent,
      settings,
      strategy: strategy.traits,
      nodes: caller.ids(),
      epoch: isCounted ? epoch : epoch + 1,
      earlier,
    };
  }

  /** How a switchover of an earlier process ended that this one does not finish. */
  #conclude(intent: Intent, reason: 'holdfast-ended' | 'moved-elsewhere'): SwitchoverReport {
    const { log, clock, concluded } = this.#parts;
    const ending: Ending =
      reason === 'holdfast-ended'
        ? { outcome: 'aborted', reason, sentence: abortSentence(reason, '') }
        : { outcome: 'unresolved', reason, sentence: unresolvedSentence(reason, '') };
    const resumed = { ...this.#resumption(intent), isOwn: false, at: clock.now() };
    const report = reportSwitch(switchFromIntent(resumed), ending);
    log.warn({ ...report, resync: undefined }, 'a switchover that an earlier process began is over');
    concluded(report);
    return report;
  }

  /** A pause that an earlier process may have left; it ends by itself if this fails. */
  #endPause(node: NodeId): void {
    const { log, settings, caller } = this.#parts;
    caller.call({ type: 'unfence', call: 0, node, timeoutMs: settings.commandTimeoutMs }).catch((error: unknown) => {
      log.warn({ err: error, node }, 'the pause of an earlier switchover could not be ended');
    });
  }
}
