import Table from 'cli-table3';
import pc from 'picocolors';
import { histogram, switchPicture } from '../bench/support/charts.js';
import { machineLines } from '../bench/support/machine.js';
import { spread } from '../bench/support/quantile.js';
import type { NodeId } from '../src/config/node-address.js';
import { failures, type DemoResult, type DemoSwitch } from './result.js';

const HEAD = [
  '',
  'from → to',
  'stall',
  'drain',
  'fence',
  'catch-up',
  'promote',
  'redirect',
  'held',
  'longest write',
  'resync',
];

/** Colours are picocolors' business: it knows when there is no terminal. */
const TABLE_STYLE = { head: [], border: [], compact: true };

/** What the demo prints in the end: a table, two pictures, the verdict. */
export function reportText(result: DemoResult): string {
  return [
    '',
    ...machineLines(result.machine),
    '',
    switchTable(result.switches),
    '',
    ...stallLines(result.switches),
    ...verdictLines(result),
    '',
  ].join('\n');
}

function switchTable(switches: readonly DemoSwitch[]): string {
  const table = new Table({
    head: HEAD.map((name) => pc.bold(name)),
    style: TABLE_STYLE,
    colAligns: ['right', 'left', ...HEAD.slice(2, -1).map(() => 'right' as const), 'left'],
  });
  for (const [index, { from, to, answer, window }] of switches.entries()) {
    const phases = [
      answer.stallUs,
      answer.drainUs,
      answer.fenceUs,
      answer.catchupUs,
      answer.promoteUs,
      answer.redirectUs,
    ];
    const figures =
      answer.outcome === 'switched' ? phases.map((us) => ms(us / 1000)) : [answer.outcome, '', '', '', '', ''];
    table.push([
      index + 1,
      `${portOf(from)} → ${portOf(to)}`,
      ...figures,
      answer.heldCommands,
      ms(window.maxWaitMs),
      resyncText(answer.resync),
    ]);
  }
  const done = switches.filter(({ answer }) => answer.outcome === 'switched');
  const stall = spread(done.map(({ answer }) => answer.stallUs / 1000));
  const wait = spread(done.map(({ window }) => window.maxWaitMs));
  for (const name of ['p50', 'p99', 'max'] as const) {
    table.push(['', name, ms(stall[name]), '', '', '', '', '', '', ms(wait[name]), '']);
  }
  return `${table.toString()}\nTimes in ms, nodes by their ports. stall: gate closed → gate open; longest write: as its client measured it`;
}

function stallLines(switches: readonly DemoSwitch[]): readonly string[] {
  const done = switches.filter(({ answer }) => answer.outcome === 'switched');
  const worst = done.toSorted((a, b) => b.answer.stallUs - a.answer.stallUs)[0];
  if (worst === undefined) return [];
  return [
    pc.bold('How long the writes stood still'),
    ...histogram(done.map(({ answer }) => answer.stallUs / 1000)),
    '',
    pc.bold(
      `The longest of them, as the clients saw it (${portOf(worst.from)} → ${portOf(worst.to)}, ${ms(worst.answer.stallUs / 1000)} ms)`,
    ),
    ...switchPicture(worst.window).map((line) => `  ${line}`),
    '',
  ];
}

function verdictLines(result: DemoResult): readonly string[] {
  const { load } = result;
  const count = (value: number, name: string): string =>
    value === 0 ? pc.green(`0 ${name}`) : pc.red(pc.bold(`${value} ${name}`));
  const problems = failures(result);
  return [
    `${pc.bold(String(load.acknowledgedWrites))} writes acknowledged (${load.reachedRate} SET/s of ${result.options.size} bytes), ${load.acknowledgedReads} reads checked`,
    [
      count(load.lost, 'lost'),
      count(load.doubled, 'doubled'),
      count(load.outOfOrder, 'out of order'),
      count(load.staleReads, 'stale reads'),
      count(load.crossed + load.ranThoughRefused, 'wrong replies'),
      count(load.errors, 'errors'),
      count(load.unknown, 'without a reply'),
      count(load.disconnects, 'disconnects'),
    ].join(', '),
    problems.length === 0
      ? pc.green(pc.bold('✔ The master moved, and no client noticed.'))
      : pc.red([pc.bold('✘ Not as promised:'), ...problems.map((problem) => `  ${problem}`)].join('\n')),
  ];
}

/** `2 partial`, or `1 partial, 1 full` when it differs. */
function resyncText(resync: Readonly<Record<string, string>>): string {
  const kinds = Object.values(resync);
  return [...new Set(kinds)].map((kind) => `${kinds.filter((other) => other === kind).length} ${kind}`).join(', ');
}

/** All nodes are on the loopback address: the port tells them apart. */
function portOf(node: NodeId): string {
  return node.slice(node.lastIndexOf(':') + 1);
}

function ms(value: number): string {
  return value.toFixed(2);
}
