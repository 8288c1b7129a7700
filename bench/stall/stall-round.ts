import { setTimeout as delay } from 'node:timers/promises';
import { LoadProcess } from '../load/load-process.js';
import type { LoadReport } from '../load/messages.js';
import { monotonicMs } from '../load/monotonic.js';
import { DEFAULT_LOAD, type LoadSettings } from '../load/settings.js';
import { Network, roundTripMs } from '../network/network.js';
import type { NodeId } from '../../src/config/node-address.js';
import type { ClientWay, StallContender, StallSetup } from './contender.js';
import type { Scenario } from './scenarios.js';
import { StallShard } from './stall-shard.js';
import type { Felt, StallResult, StallSample, SwitchPicture } from './stall-result.js';

/** The load alone, before the first switch of a round. */
const WARM_UP_MS = 2_000;

/** The load finds out within three seconds that the machine does not sustain its rate, and then has a queue to lose. */
const PROBE_MS = 5_000;

/** As long a look at the same load without a switch, before each: what the machine's own noise is. */
const QUIET_MS = 200;

/** Between the end of one switch, settling included, and the quiet look before the next. */
const CALM_MS = 50;

/** What is on its way when the order is given may wait for the switch: the quiet look is over before. */
const LEAD_MS = 50;

/** Clients that follow hear of the switch with their next write, and may have to wait for that. */
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
    const switches: RoundSwitch[] = [];
    let master = shard.master;
    for (let number = 0; number < plan.switchovers && monotonicMs() < plan.deadlineMs; number++) {
      await delay(CALM_MS + QUIET_MS + LEAD_MS);
      const isLast = number === plan.switchovers - 1;
      const done = await switchOnce(load, setup, { from: master, to: shard.after(master), isLast });
      switches.push(done);
      if (done.newMaster !== master) await setup.mend?.(master, done.newMaster);
      master = done.newMaster;
      await shard.inSync(master);
    }
    await load.drain();
    const samples = (await samplesOf(load, switches)).map((sample) => ({ ...sample, roundTripMs: tripMs }));
    return { ...resultOf(samples, await load.finish(master)), wanted: plan.switchovers };
  } finally {
    await load.stop();
  }
}

/** A switch that has been made. What clients felt of it can be told when all that waited has been answered. */
interface RoundSwitch extends Pick<StallSample, 'outcome' | 'detail' | 'picture'> {
  readonly newMaster: NodeId;
  /** Where the quiet look before it is over, and where the switch itself is; on the monotonic clock. */
  readonly fromMs: number;
  readonly untilMs: number;
}

async function switchOnce(
  load: LoadProcess,
  setup: StallSetup,
  { from, to, isLast }: { readonly from: NodeId; readonly to: NodeId; readonly isLast: boolean },
): Promise<RoundSwitch> {
  const fromMs = monotonicMs() - LEAD_MS;
  const { outcome, master, stall } = await setup.switchover(from, to, (announced) => load.announce(announced));
  // Not shorter than the quiet look: the longest of more values is longer.
  const untilMs = Math.max(monotonicMs() + MARGIN_MS, fromMs + QUIET_MS);
  await delay(untilMs - monotonicMs());
  const picture = isLast ? await pictureOf(load, fromMs, untilMs) : null;
  return { outcome, detail: stall, picture, newMaster: master, fromMs, untilMs };
}

/** Cuts the time from the first quiet look on into stretches side by side (quiet, switch, after, quiet, …): no wait is in none. */
async function samplesOf(
  load: LoadProcess,
  switches: readonly RoundSwitch[],
): Promise<readonly Omit<StallSample, 'roundTripMs'>[]> {
  const felt = async (fromMs: number, toMs: number): Promise<Felt> => {
    const { maxWaitMs, maxGapMs, maxReadWaitMs } = await load.window(fromMs, toMs);
    return { waitMs: maxWaitMs, gapMs: maxGapMs, readWaitMs: maxReadWaitMs };
  };
  const endMs = monotonicMs();
  const samples: Omit<StallSample, 'roundTripMs'>[] = [];
  for (const [index, { outcome, detail, picture, fromMs, untilMs }] of switches.entries()) {
    const next = switches[index + 1];
    samples.push({
      outcome,
      detail,
      picture,
      quiet: await felt(fromMs - QUIET_MS, fromMs),
      ...(await felt(fromMs, untilMs)),
      after: await felt(untilMs, next === undefined ? endMs : next.fromMs - QUIET_MS),
    });
  }
  return samples;
}

async function pictureOf(load: LoadProcess, fromMs: number, untilMs: number): Promise<SwitchPicture> {
  await delay(PICTURE_MS);
  const seen = await load.window(fromMs - QUIET_MS, monotonicMs());
  return {
    acknowledgements: seen.acknowledgements,
    from: Math.floor(fromMs - seen.fromMs),
    to: Math.ceil(untilMs - seen.fromMs),
  };
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

function resultOf(samples: readonly StallSample[], report: LoadReport): Omit<StallResult, 'wanted'> {
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
    failures: [],
  };
}
