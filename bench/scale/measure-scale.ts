import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { PeakMemory } from '../../test/support/peak-memory.js';
import { startShard, type Shard } from '../../test/support/shard.js';
import { IdleClients } from '../connections/idle-clients.js';
import { isClean } from '../load/findings.js';
import { LoadProcess } from '../load/load-process.js';
import type { LoadProgress } from '../load/messages.js';
import { OPERATIONS_PER_SET } from '../load/operation.js';
import { DEFAULT_LOAD } from '../load/settings.js';
import { Guard } from '../support/guard.js';
import { HoldfastProcess } from '../support/holdfast-process.js';
import { Operator } from '../support/operator.js';
import { processCpuUs } from '../support/process-cpu.js';

/** What one measurement is of: so many applications before so many servers. */
export interface ScalePoint {
  readonly connections: number;
  readonly nodes: number;
}

/** The same for every point. */
export interface ScaleLoad {
  /** Commands per second over all connections. */
  readonly commandsPerSecond: number;
  readonly idleMs: number;
  readonly loadMs: number;
  readonly switchovers: number;
}

/** What Holdfast cost at one point, in one run. */
export interface ScaleSample {
  /** Resident memory with all connections open and nothing said, and after the load; bytes. */
  readonly idleBytes: number;
  readonly loadedBytes: number;
  /** CPU, user and system, for each second in which nobody says anything, µs. */
  readonly idleCpuUs: number;
  /** CPU for each command of the load, µs. */
  readonly commandCpuUs: number;
  readonly commandsPerSecond: number;
  /** Stalls of the switchovers under this load, as Holdfast states them. */
  readonly stallsMs: readonly number[];
  /** What went wrong, which makes the figures worth nothing; empty when nothing did. */
  readonly problem: string;
}

/** What the opening left behind is collected, and what is compiled late is compiled. */
const SETTLE_MS = 2_000;
const WARM_UP_MS = 2_000;
const REST_MS = 100;

/** Bytes of a value: the cost of a command is looked for, not that of its bytes. */
const VALUE_BYTES = 64;

/** Files that a process needs beside its clients. */
const SPARE_FILES = 200;

/**
 * Measures one point on a shard and a Holdfast of its own:
 *
 * 1. connections that say nothing: memory, and what the process does by itself;
 * 2. the same number of connections with the load dealt round: CPU for each command;
 * 3. switchovers under that load.
 */
export async function measureScale(point: ScalePoint, load: ScaleLoad): Promise<ScaleSample> {
  const guard = await Guard.start();
  const shard = await startShard({ replicas: point.nodes - 1 });
  guard.watch(...shard.servers.map(({ pid }) => pid));
  try {
    const flags = [`--max-clients=${point.connections + SPARE_FILES}`];
    const holdfast = await HoldfastProcess.start({ nodes: shard.ids, flags });
    guard.watch(holdfast.pid);
    try {
      const idle = await measureIdle(holdfast, point.connections, load.idleMs);
      return { ...idle, ...(await measureLoaded(shard, holdfast, point.connections, load)) };
    } finally {
      await holdfast.stop();
    }
  } finally {
    await shard.dispose();
    guard.release();
  }
}

async function measureIdle(
  holdfast: HoldfastProcess,
  connections: number,
  idleMs: number,
): Promise<Pick<ScaleSample, 'idleBytes' | 'idleCpuUs'>> {
  const clients = new IdleClients();
  try {
    const open = await clients.open(Number(holdfast.listen.split(':').at(-1)), connections, ['PING']);
    if (open < connections) throw new Error(`only ${open} of ${connections} connections are open`);
    await delay(SETTLE_MS);
    const before = { cpuUs: processCpuUs(holdfast.pid), atMs: performance.now() };
    await delay(idleMs);
    const seconds = (performance.now() - before.atMs) / 1e3;
    return {
      idleBytes: new PeakMemory(holdfast.pid).now,
      idleCpuUs: (processCpuUs(holdfast.pid) - before.cpuUs) / seconds,
    };
  } finally {
    await clients.close();
  }
}

async function measureLoaded(
  shard: Shard,
  holdfast: HoldfastProcess,
  connections: number,
  { commandsPerSecond, loadMs, switchovers }: ScaleLoad,
): Promise<Omit<ScaleSample, 'idleBytes' | 'idleCpuUs'>> {
  const load = await LoadProcess.start({
    ...DEFAULT_LOAD,
    target: holdfast.listen,
    connections,
    rate: Math.round(commandsPerSecond / OPERATIONS_PER_SET),
    size: VALUE_BYTES,
  });
  try {
    await delay(WARM_UP_MS);
    const before = await look(load, holdfast);
    await delay(loadMs);
    const after = await look(load, holdfast);
    const commands = after.commands - before.commands;
    const loadedBytes = new PeakMemory(holdfast.pid).now;
    const moved = await move(shard, holdfast, switchovers);
    const report = await load.finish(moved.master);
    const { errorTexts, disconnects, lost, doubled, outOfOrder, staleReads, crossed, ranThoughRefused } = report;
    const findings = { lost, doubled, outOfOrder, staleReads, crossed, ranThoughRefused };
    const isSound = isClean(findings) && report.errors === 0 && disconnects === 0;
    return {
      loadedBytes,
      commandCpuUs: (after.cpuUs - before.cpuUs) / commands,
      commandsPerSecond: (commands / (after.atMs - before.atMs)) * 1e3,
      stallsMs: moved.stallsMs,
      problem: isSound ? moved.problem : JSON.stringify({ ...errorTexts, disconnects, ...findings }),
    };
  } finally {
    await load.stop();
  }
}

/** How far the load and the CPU of Holdfast are, at one moment. */
async function look(
  load: LoadProcess,
  holdfast: HoldfastProcess,
): Promise<{ commands: number; cpuUs: number; atMs: number }> {
  const [progress] = (await once(load.events, 'progress')) as [LoadProgress];
  return {
    commands: progress.acknowledgedWrites + progress.acknowledgedReads,
    cpuUs: processCpuUs(holdfast.pid),
    atMs: performance.now(),
  };
}

/** Moves the master round the nodes. */
async function move(
  shard: Shard,
  holdfast: HoldfastProcess,
  switchovers: number,
): Promise<{ master: string; stallsMs: readonly number[]; problem: string }> {
  const operator = await Operator.connect(holdfast.admin);
  const stallsMs: number[] = [];
  let at = 0;
  try {
    for (let number = 0; number < switchovers; number++) {
      await delay(REST_MS);
      const next = (at + 1) % shard.ids.length;
      const { outcome, sentence, stallUs } = await operator.switchover(shard.ids[next] ?? '');
      if (outcome !== 'switched') return { master: shard.ids[at] ?? '', stallsMs, problem: `${outcome} ${sentence}` };
      at = next;
      stallsMs.push(stallUs / 1e3);
      await shard.inSync(shard.server(shard.ids[at] ?? ''));
    }
    return { master: shard.ids[at] ?? '', stallsMs, problem: '' };
  } finally {
    operator.close();
  }
}
