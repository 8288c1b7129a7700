import { CLOSE_REASONS } from '../errors/close-reasons.js';
import { CONNECTION_REFUSALS, LISTENERS } from '../errors/refusal-table.js';
import { CLIENT_ERRORS } from '../errors/error-table.js';
import { mergePages } from '../metrics/merge-pages.js';
import { MetricSet } from '../metrics/metric-set.js';
import type { SwitchoverObserver, SwitchoverPhase, SwitchoverReport } from '../switchover/ports.js';
import { ABORT_REASONS, REFUSAL_REASONS, UNRESOLVED_REASONS } from '../switchover/reasons.js';
import { ALARMS, alarmsOf } from './alarms.js';
import type { BuildInfo } from './build-info.js';
import type { AdminPorts, TrafficCounters } from './ports.js';

/** `reason` of a switchover that went well: an empty label would be no label at all to Prometheus. */
const NO_REASON = 'none';

const PHASES: readonly SwitchoverPhase[] = ['preflight', 'drain', 'fence', 'catchup', 'promote', 'redirect', 'settle'];
const COMMAND_CLASSES = ['read', 'write', 'local', 'refused'] as const;
const UPSTREAM_KINDS = ['lane', 'private'] as const;
const GATE_HOLDERS = ['switchover', 'hand', 'client-pause', 'client-pause-asked', 'no-master', 'doubt'] as const;
const US_PER_SECOND = 1e6;
const MS_PER_SECOND = 1e3;

/**
 * The figures of one Holdfast. What happens (a switchover, a held command) is observed as it happens; what is (clients,
 * offsets, running totals) is read at each scrape from the object that owns it.
 */
export class MetricsCollector implements SwitchoverObserver {
  readonly #metrics = new MetricSet();
  #ports: AdminPorts | null = null;

  constructor(build: BuildInfo) {
    const labels = { version: build.version, node_version: process.versions.node, commit: build.commit ?? 'unknown' };
    this.#metrics.gauge('holdfast_build_info').set(labels, 1);
    this.#startAtZero();
  }

  /** Plugs in the owners of the figures. Separate from the constructor: the switch needs its observer before it exists. */
  watch(ports: AdminPorts): void {
    this.#ports = ports;
    const held = this.#metrics.histogram('holdfast_held_command_seconds');
    ports.traffic.onHeld((waitMs) => held.observe(waitMs / MS_PER_SECOND));
  }

  finished(report: SwitchoverReport): void {
    const reason = report.reason === '' ? NO_REASON : report.reason;
    if (report.kind === 'failover') {
      this.#metrics.counter('holdfast_failovers_total').inc({ outcome: report.outcome, reason });
      if (report.outcome === 'switched') this.#metrics.gauge('holdfast_last_failover_gap').set(report.offsetGap);
    } else {
      this.#metrics.counter('holdfast_switchovers_total').inc({ outcome: report.outcome, reason });
    }
    // Refusals and dry runs never closed the gate: a zero from them would make the quantiles look better than they are.
    if (report.stallUs <= 0) return;
    const seconds = report.stallUs / US_PER_SECOND;
    this.#metrics.histogram('holdfast_write_stall_seconds').observe(seconds);
    this.#metrics.gauge('holdfast_last_write_stall_seconds').set(seconds);
  }

  diverged(node: string): void {
    this.#metrics.counter('holdfast_diverged_total').inc({ node });
  }

  phase(phase: SwitchoverPhase, durationMs: number): void {
    this.#metrics.histogram('holdfast_switchover_phase_seconds').observe({ phase }, durationMs / MS_PER_SECOND);
  }

  /** The page for Prometheus. */
  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    const workers = this.#ports?.traffic.workerMetrics();
    if (this.#ports !== null) await this.#readOwners(this.#ports);
    const { contentType, body } = await this.#metrics.render();
    return { contentType, body: mergePages([body, ...((await workers) ?? [])]) };
  }

  // A counter that is not there until its first event hides that event from `rate()` and `increase()`.
  #startAtZero(): void {
    for (const name of ['holdfast_switchovers_total', 'holdfast_failovers_total'] as const) {
      const counter = this.#metrics.counter(name);
      for (const outcome of ['switched', 'would-switch']) counter.inc({ outcome, reason: NO_REASON }, 0);
      for (const reason of Object.keys(REFUSAL_REASONS)) counter.inc({ outcome: 'refused', reason }, 0);
      for (const reason of Object.keys(ABORT_REASONS)) counter.inc({ outcome: 'aborted', reason }, 0);
      for (const reason of Object.keys(UNRESOLVED_REASONS)) counter.inc({ outcome: 'unresolved', reason }, 0);
    }
    for (const phase of PHASES) this.#metrics.histogram('holdfast_switchover_phase_seconds').zero({ phase });
    for (const result of ['released', 'failed'])
      this.#metrics.counter('holdfast_held_commands_total').inc({ result }, 0);
    for (const code of Object.keys(CLIENT_ERRORS))
      this.#metrics.counter('holdfast_client_errors_total').inc({ code }, 0);
    for (const reason of Object.keys(CLOSE_REASONS))
      this.#metrics.counter('holdfast_clients_closed_total').inc({ reason }, 0);
    const refused = this.#metrics.counter('holdfast_connections_refused_total');
    for (const listener of LISTENERS) {
      for (const reason of Object.keys(CONNECTION_REFUSALS)) refused.inc({ listener, reason }, 0);
    }
    for (const name of COMMAND_CLASSES) this.#metrics.counter('holdfast_commands_total').inc({ class: name }, 0);
    for (const kind of UPSTREAM_KINDS) this.#metrics.gauge('holdfast_upstreams').set({ kind }, 0);
    for (const holder of GATE_HOLDERS) this.#metrics.gauge('holdfast_gate_closed').set({ holder }, 0);
    for (const alarm of ALARMS) this.#metrics.gauge('holdfast_alarm').set({ alarm }, 0);
  }

  async #readOwners(ports: AdminPorts): Promise<void> {
    this.#readTraffic(ports, await ports.traffic.counters());
    this.#readNodes(ports);
    this.#readDoors(ports);
    const status = ports.switchover.status();
    this.#metrics.gauge('holdfast_epoch').set(status.epoch);
    this.#metrics.gauge('holdfast_unsettled_nodes').set(status.unsettled.length);
    this.#setFlags('holdfast_alarm', 'alarm', ALARMS, alarmsOf(ports));
  }

  #readTraffic({ traffic }: AdminPorts, counters: TrafficCounters): void {
    const { commands, held, clients, upstreams, workers, errors, closed } = counters;
    for (const name of COMMAND_CLASSES) this.#setTotal('holdfast_commands_total', { class: name }, commands[name]);
    for (const result of ['released', 'failed'] as const) {
      this.#setTotal('holdfast_held_commands_total', { result }, held[result]);
    }
    for (const code of new Set([...Object.keys(CLIENT_ERRORS), ...Object.keys(errors)])) {
      this.#setTotal('holdfast_client_errors_total', { code }, errors[code] ?? 0);
    }
    for (const [reason, count] of Object.entries(closed)) {
      this.#setTotal('holdfast_clients_closed_total', { reason }, count);
    }
    this.#setTotal('holdfast_clients_accepted_total', {}, clients.accepted);
    this.#metrics.gauge('holdfast_clients').set(clients.connected);
    this.#metrics.gauge('holdfast_held_clients').set(clients.held);
    this.#metrics.gauge('holdfast_held_bytes').set(held.bytes);
    for (const kind of UPSTREAM_KINDS) this.#metrics.gauge('holdfast_upstreams').set({ kind }, upstreams[kind]);
    this.#metrics.gauge('holdfast_workers').set(workers.serving);
    this.#setTotal('holdfast_workers_ended_total', {}, workers.ended);
    this.#setFlags('holdfast_gate_closed', 'holder', GATE_HOLDERS, traffic.gateHolders());
  }

  #readNodes({ topology }: AdminPorts): void {
    const gauges = {
      up: this.#metrics.gauge('holdfast_node_up'),
      isMaster: this.#metrics.gauge('holdfast_node_is_master'),
      offset: this.#metrics.gauge('holdfast_node_offset'),
      lag: this.#metrics.gauge('holdfast_replica_lag'),
    };
    // A node that is no longer one of the shard's must not go on with its last figures.
    for (const gauge of Object.values(gauges)) gauge.reset();
    for (const { node, up, role, offset, lag } of topology.nodes()) {
      gauges.up.set({ node }, up ? 1 : 0);
      gauges.isMaster.set({ node }, up && role === 'master' ? 1 : 0);
      gauges.offset.set({ node }, offset);
      gauges.lag.set({ node }, lag);
    }
  }

  #readDoors({ doors }: AdminPorts): void {
    for (const { listener, reason, count } of doors.refused()) {
      this.#setTotal('holdfast_connections_refused_total', { listener, reason }, count);
    }
    const expiry = this.#metrics.gauge('holdfast_certificate_expiry_timestamp_seconds');
    expiry.reset();
    for (const { file, notAfterMs } of doors.certificates()) expiry.set({ file }, notAfterMs / MS_PER_SECOND);
  }

  #setTotal(name: Parameters<MetricSet['counter']>[0], labels: Readonly<Record<string, string>>, total: number): void {
    const counter = this.#metrics.counter(name);
    counter.remove(labels);
    counter.inc(labels, total);
  }

  #setFlags(
    name: Parameters<MetricSet['gauge']>[0],
    label: string,
    known: readonly string[],
    raised: readonly string[],
  ): void {
    const gauge = this.#metrics.gauge(name);
    gauge.reset();
    for (const flag of known) gauge.set({ [label]: flag }, 0);
    for (const flag of raised) gauge.set({ [label]: flag }, 1);
  }
}
