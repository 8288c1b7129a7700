import { setTimeout as delay } from 'node:timers/promises';
import { LoadProcess } from '../load/load-process.js';
import type { LoadReport, LoadWindow } from '../load/messages.js';
import { monotonicMs } from '../load/monotonic.js';
import { DEFAULT_LOAD, type LoadSettings } from '../load/settings.js';
import { Network, roundTripMs } from '../network/network.js';
import type { NodeId } from '../../src/config/node-address.js';
import type { ClientWay, StallContender, StallSetup } from './contender.js';
import type { Scenario } from './scenarios.js';
import { StallShard } from './stall-shard.js';
import type { StallResult, StallSample, SwitchPicture } from './stall-result.js';

/** The load alone, before the first switch of a round. */
const WARM_UP_MS = 2_000;

/** The load finds out within three seconds that the machine does not sustain its rate, and then has a queue to lose. */
const PROBE_MS = 5_000;

/** As long a look at the same load without a switch, just before each: what the machine's own noise is. */
const QUIET_MS = 200;

/** Between the end of one switch, settling included, and the quiet look before the next. */
const CALM_MS = 100;

/** Writes that the switch held are acknowledged just after it; clients that follow need a moment more. */
const MARGIN_MS = 100;

/** The last switch of a round is looked at for longer, for a picture of it. */
const PICTURE_MS = 1_000;

/** What is to be done in one round. */
export interface RoundPlan {
  readonly scenario: Scenario;
  readonly contender: StallContender;
  readonly switchovers: number;
  /** Whether the rate is known to be one that the machine sustains. */
  readonly rateIsProven: boolean;
  /** On the monotonic clock: no switch begins later. */
  readonly deadlineMs: number;
  readonly say: (text: string) => void;
}

/** One round: a fresh shard, the load, the switches round the nodes, the verdict. Everything is ended when it settles. */
export async function stallRound(plan: RoundPlan): Promise<StallResult> {
  const network = Network.start(plan.scenario.delayMs);
  try {
    const shard = await StallShard.start(plan.scenario.nodes, network);
    try {
      const setup = await plan.contender.prepare(shard);
      try {
        return await loadedRound(plan, shard, setup);
      } finally {
        await setup.close();
      }
    } finally {
      await shard.dispose();
    }
  } finally {
    await network.close();
  }
}

async function loadedRound(plan: RoundPlan, shard: StallShard, setup: StallSetup): Promise<StallResult> {
  const tripMs = await roundTripMs(shard.master);
  const load = await LoadProcess.start({ ...loadOf(plan.scenario), ...wayOf(setup.clients) });
  load.events.on('slower', (rate) => plan.say(`  the machine does not sustain that: going on at ${rate} SET/s`));
  try {
    await delay(plan.rateIsProven ? WARM_UP_MS : PROBE_MS);
    load.keepRate();
    const samples: StallSample[] = [];
    let master = shard.master;
    for (let number = 0; number < plan.switchovers && monotonicMs() < plan.deadlineMs; number++) {
      await delay(CALM_MS + QUIET_MS);
      const isLast = number === plan.switchovers - 1;
      const { sample, newMaster } = await switchSample(load, setup, { from: master, to: shard.after(master), isLast });
      samples.push(sample);
      if (newMaster !== master) await setup.mend?.(master, newMaster);
      master = newMaster;
      await shard.inSync(master);
    }
    return { ...resultOf(samples, await load.finish(master), tripMs), wanted: plan.switchovers };
  } finally {
    await load.stop();
  }
}

async function switchSample(
  load: LoadProcess,
  setup: StallSetup,
  { from, to, isLast }: { readonly from: NodeId; readonly to: NodeId; readonly isLast: boolean },
): Promise<{ readonly sample: StallSample; readonly newMaster: NodeId }> {
  const startedMs = monotonicMs();
  const quiet = await load.window(startedMs - QUIET_MS, startedMs);
  const { outcome, master, stall } = await setup.switchover(from, to, (announced) => load.announce(announced));
  // Not shorter than the quiet look: the longest of more values is longer.
  const untilMs = Math.max(monotonicMs() + MARGIN_MS, startedMs + QUIET_MS);
  await delay(untilMs - monotonicMs());
  const window = await load.window(startedMs, untilMs);
  const picture = isLast ? await pictureOf(load, startedMs, untilMs) : null;
  return { sample: { outcome, detail: stall, ...felt(window), quiet: felt(quiet), picture }, newMaster: master };
}

async function pictureOf(load: LoadProcess, startedMs: number, untilMs: number): Promise<SwitchPicture> {
  await delay(PICTURE_MS);
  const { acknowledgements, fromMs } = await load.window(startedMs - QUIET_MS, monotonicMs());
  return { acknowledgements, from: Math.floor(startedMs - fromMs), to: Math.ceil(untilMs - fromMs) };
}

function felt({ maxWaitMs, maxGapMs, maxReadWaitMs }: LoadWindow): StallSample['quiet'] {
  return { waitMs: maxWaitMs, gapMs: maxGapMs, readWaitMs: maxReadWaitMs };
}

type Load = Omit<LoadSettings, keyof ReturnType<typeof wayOf>>;

function loadOf({ rate, size, burst, connections, readers, readRate }: Scenario): Load {
  return { ...DEFAULT_LOAD, rate, size, burst, connections, readers, readRate };
}

function wayOf(way: ClientWay): Pick<LoadSettings, 'target' | 'follow' | 'sentinel'> {
  switch (way.type) {
    case 'stay':
      return { target: way.target, follow: false, sentinel: null };
    case 'announced':
      return { target: way.target, follow: true, sentinel: null };
    case 'sentinel':
      return { target: '', follow: true, sentinel: way.sentinel };
  }
}

function resultOf(
  samples: readonly StallSample[],
  report: LoadReport,
  roundTripMs: number,
): Omit<StallResult, 'wanted'> {
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
    sustainedRate: report.finalRate,
    roundTripMs,
    failures: [],
  };
}
