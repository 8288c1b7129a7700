import { setTimeout as delay } from 'node:timers/promises';
import { addFindings, NO_FINDINGS, type Findings } from '../load/findings.js';
import { LoadProcess } from '../load/load-process.js';
import type { LoadReport } from '../load/messages.js';
import { monotonicMs } from '../load/monotonic.js';
import type { LoadSettings } from '../load/settings.js';
import type { TimelineWindow } from '../load/timeline.js';
import { startShard, type Shard } from '../../test/support/shard.js';
import type { NodeId } from '../../src/config/node-address.js';
import { Guard } from '../support/guard.js';
import type { StallContender, StallSetup } from './contender.js';

/** The load alone, before the first switch of a round. */
const WARM_UP_MS = 2_000;

/** Writes that the switch held are acknowledged just after it; clients that follow need a moment more. */
const MARGIN_MS = 100;

/** As long a look at the same load without a switch, just before each: what the machine's own noise is. */
const QUIET_MS = 200;

/** One switch as its clients felt it. */
export interface StallSample {
  /** `switched`, or why not. */
  readonly outcome: string;
  /** What the mover states, where it does. */
  readonly stallMs: number | null;
  readonly maxWaitMs: number;
  readonly maxGapMs: number;
  readonly quietMaxWaitMs: number;
  readonly quietMaxGapMs: number;
}

/** All rounds of one contender so far. */
export interface StallResult {
  readonly samples: readonly StallSample[];
  readonly findings: Findings;
  readonly acknowledgedWrites: number;
  readonly errors: number;
  readonly errorTexts: readonly string[];
  readonly unknown: number;
  readonly disconnects: number;
  readonly reconnects: number;
  /** The lowest SET/s of a round. */
  readonly reachedRate: number;
}

/** One round: a fresh shard, the load, `count` switches round the nodes, the verdict. */
export async function stallRound(
  contender: StallContender,
  settings: Omit<LoadSettings, 'target' | 'follow'>,
  { count, restMs }: { readonly count: number; readonly restMs: number },
): Promise<StallResult> {
  const guard = await Guard.start();
  const shard = await startShard();
  guard.watch(...shard.servers.map((server) => server.pid));
  try {
    const setup = await contender.prepare(shard);
    guard.watch(...setup.pids);
    try {
      return await loadedRound(shard, setup, settings, { count, restMs });
    } finally {
      await setup.close();
    }
  } finally {
    await shard.dispose();
    guard.release();
  }
}

async function loadedRound(
  shard: Shard,
  setup: StallSetup,
  settings: Omit<LoadSettings, 'target' | 'follow'>,
  { count, restMs }: { readonly count: number; readonly restMs: number },
): Promise<StallResult> {
  const load = await LoadProcess.start({ ...settings, target: setup.target, follow: setup.follow });
  try {
    await delay(WARM_UP_MS);
    const samples: StallSample[] = [];
    let master = shard.master.id;
    for (let number = 0; number < count; number++) {
      await delay(restMs);
      const to = nodeAfter(shard.ids, master);
      const sample = await switchSample(load, setup, master, to);
      samples.push(sample);
      if (sample.outcome === 'switched') master = to;
      await shard.inSync(shard.server(master));
    }
    return resultOf(samples, await load.finish(master));
  } finally {
    await load.stop();
  }
}

async function switchSample(load: LoadProcess, setup: StallSetup, from: NodeId, to: NodeId): Promise<StallSample> {
  const startedMs = monotonicMs();
  const quiet = await load.window(startedMs - QUIET_MS, startedMs);
  const { outcome, stallMs } = await setup.switchover(from, to, (master) => load.announce(master));
  await delay(MARGIN_MS);
  const window: TimelineWindow = await load.window(startedMs, monotonicMs());
  return {
    outcome,
    stallMs,
    maxWaitMs: window.maxWaitMs,
    maxGapMs: window.maxGapMs,
    quietMaxWaitMs: quiet.maxWaitMs,
    quietMaxGapMs: quiet.maxGapMs,
  };
}

function resultOf(samples: readonly StallSample[], report: LoadReport): StallResult {
  const { lost, doubled, outOfOrder, staleReads, crossed, ranThoughRefused } = report;
  return {
    samples,
    findings: { lost, doubled, outOfOrder, staleReads, crossed, ranThoughRefused },
    acknowledgedWrites: report.acknowledgedWrites,
    errors: report.errors,
    errorTexts: Object.keys(report.errorTexts),
    unknown: report.unknown,
    disconnects: report.disconnects,
    reconnects: report.reconnects,
    reachedRate: report.reachedRate,
  };
}

export const NO_RESULT: StallResult = {
  samples: [],
  findings: NO_FINDINGS,
  acknowledgedWrites: 0,
  errors: 0,
  errorTexts: [],
  unknown: 0,
  disconnects: 0,
  reconnects: 0,
  reachedRate: Infinity,
};

/** Two rounds as one. */
export function addResults(a: StallResult, b: StallResult): StallResult {
  return {
    samples: [...a.samples, ...b.samples],
    findings: addFindings(a.findings, b.findings),
    acknowledgedWrites: a.acknowledgedWrites + b.acknowledgedWrites,
    errors: a.errors + b.errors,
    errorTexts: [...new Set([...a.errorTexts, ...b.errorTexts])],
    unknown: a.unknown + b.unknown,
    disconnects: a.disconnects + b.disconnects,
    reconnects: a.reconnects + b.reconnects,
    reachedRate: Math.min(a.reachedRate, b.reachedRate),
  };
}

function nodeAfter(nodes: readonly NodeId[], node: NodeId): NodeId {
  return nodes[(nodes.indexOf(node) + 1) % nodes.length] ?? node;
}
