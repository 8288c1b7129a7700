import { isClean } from '../bench/load/findings.js';
import type { LoadReport } from '../bench/load/messages.js';
import type { TimelineWindow } from '../bench/load/timeline.js';
import type { Machine } from '../bench/support/machine.js';
import type { SwitchoverAnswer } from '../bench/support/operator.js';
import { spread } from '../bench/support/quantile.js';
import type { NodeId } from '../src/config/node-address.js';
import type { DemoOptions } from './options.js';

/** One switchover: what Holdfast says of it, and what the clients felt. */
export interface DemoSwitch {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly answer: SwitchoverAnswer;
  readonly window: TimelineWindow;
}

export interface DemoResult {
  readonly machine: Machine;
  readonly options: DemoOptions;
  readonly nodes: readonly NodeId[];
  readonly switches: readonly DemoSwitch[];
  readonly load: LoadReport;
}

/** Why the demo failed, a sentence each; nothing when it did what it promises. */
export function failures({ switches, load, options }: DemoResult): readonly string[] {
  const found: string[] = [];
  for (const { to, answer } of switches) {
    if (answer.outcome !== 'switched') found.push(`switchover to ${to}: ${answer.outcome} ${answer.sentence}`);
  }
  if (switches.length < options.switchovers)
    found.push(`only ${switches.length} of ${options.switchovers} switchovers`);
  if (load.acknowledgedWrites === 0) found.push('no write was acknowledged at all');
  if (!isClean(findingsOf(load))) found.push('the data is not what the clients were told');
  if (load.errors > 0) found.push(`clients got errors: ${Object.keys(load.errorTexts).join('; ')}`);
  if (load.disconnects > 0) found.push('clients lost their connection');
  if (load.unknown > 0) found.push('clients got no reply to some requests');
  return found;
}

/** The one object of `--json`. */
export function resultJson(result: DemoResult): object {
  const { machine, options, nodes, switches, load } = result;
  return {
    ok: failures(result).length === 0,
    failures: failures(result),
    machine,
    options,
    nodes,
    switchovers: switches.map(({ from, to, answer, window }) => ({
      from,
      to,
      ...answer,
      clientMaxWaitMs: window.maxWaitMs,
      clientMaxGapMs: window.maxGapMs,
    })),
    stallMs: spread(switches.map(({ answer }) => answer.stallUs / 1000)),
    clientMaxWaitMs: spread(switches.map(({ window }) => window.maxWaitMs)),
    load,
  };
}

function findingsOf(load: LoadReport): Parameters<typeof isClean>[0] {
  const { lost, doubled, outOfOrder, staleReads, crossed, ranThoughRefused } = load;
  return { lost, doubled, outOfOrder, staleReads, crossed, ranThoughRefused };
}
