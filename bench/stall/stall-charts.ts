import { quantile } from '../support/quantile.js';
import { lineChart, type Point } from '../support/svg-lines.js';
import type { StallEntry } from './run-stall.js';
import type { StallSample, SwitchPicture } from './stall-result.js';

/** The ways to move a master, each in a colour of its own; Holdfast's is the one that stands out. */
const COLORS: Readonly<Record<string, string>> = {
  holdfast: '#e5534b',
  'controller-steps': '#2da44e',
  'redis-failover': '#d4a017',
  'sentinel-failover': '#a371f7',
};
const OTHER_COLOR = '#8c959f';

/** So much higher than usual may a millisecond be drawn: held writes come back all at once. */
const PEAK = 3;

/** Steps of a distribution: finer is not seen. */
const SHARES = 200;

/** Milliseconds before and after the beginning of the silence. */
interface Range {
  readonly min: number;
  readonly max: number;
}

export interface ChartFile {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** The pictures of one scenario, in which each contender has switched at least once. */
export function stallCharts(entries: readonly StallEntry[]): readonly ChartFile[] {
  const shown = entries.filter(({ result }) => typicalSwitch(result.samples) !== null);
  if (shown.length === 0) return [];
  return [
    timeline(shown, 'timeline.svg', { min: -100, max: 900 }, 1),
    timeline(shown, 'timeline-close.svg', { min: -20, max: 60 }, 2),
    distribution(shown),
  ];
}

/** Of the switches that there is a picture of, the one with the median of the longest waits; null when there is none. */
export function typicalSwitch(samples: readonly StallSample[]): SwitchPicture | null {
  const pictured = done(samples).filter(({ picture }) => picture !== null);
  const median = quantile(
    pictured.map(({ waitMs }) => waitMs),
    0.5,
  );
  return pictured.find(({ waitMs }) => waitMs === median)?.picture ?? null;
}

function timeline(entries: readonly StallEntry[], name: string, range: Range, columns: number): ChartFile {
  const pictures = entries.flatMap(({ result }) => typicalSwitch(result.samples) ?? []);
  const usual = quantile(
    pictures.flatMap(({ acknowledgements }) => acknowledgements.filter((count) => count > 0)),
    0.5,
  );
  const title = 'Acknowledged writes round a typical switch';
  const svg = lineChart({
    title,
    unit: 'acknowledged writes per millisecond; of the last switches of the rounds, the one with the median wait',
    x: { name: 'ms since the longest silence began', ...range, log: false },
    yMax: 4 * Math.ceil((usual * PEAK) / 4),
    series: seriesOf(entries),
    filled: true,
    panels: entries.map(({ contender, result }, index) => ({
      title: `${contender.name}${result.findings.lost > 0 ? ` (lost ${result.findings.lost} acknowledged writes)` : ''}`,
      lines: pictures.map((picture, other) => (other === index ? fromSilence(picture, range) : [])),
    })),
    columns,
    panelHeight: columns === 1 ? 160 : 190,
  });
  return { name, title, svg };
}

/** The milliseconds counted from where the longest silence begins. */
function fromSilence(picture: SwitchPicture, { min, max }: Range): Point[] {
  const start = longestSilence(picture);
  return picture.acknowledgements.flatMap((count, index): Point[] => {
    const at = index - start;
    return at >= min && at <= max ? [[at, count]] : [];
  });
}

/** @returns where the longest run of milliseconds without an acknowledgement begins. */
function longestSilence({ acknowledgements, from, to }: SwitchPicture): number {
  let [best, bestLength, length] = [from, 0, 0];
  for (let at = from; at < to; at++) {
    length = acknowledgements[at] === 0 ? length + 1 : 0;
    if (length > bestLength) [best, bestLength] = [at - length + 1, length];
  }
  return best;
}

function distribution(entries: readonly StallEntry[]): ChartFile {
  const title = 'How long the longest wait of a write is';
  const quiet = entries.find(({ contender }) => contender.name === 'holdfast') ?? entries[0];
  const waits = entries.map(({ result }) => done(result.samples).map(({ waitMs }) => waitMs));
  const quietWaits = quiet === undefined ? [] : done(quiet.result.samples).map((sample) => sample.quiet.waitMs);
  const longest = Math.max(10, ...waits.flat(), ...quietWaits);
  const svg = lineChart({
    title,
    unit: '% of the switches with no longer wait',
    x: { name: 'longest wait of a write, ms', min: 1, max: 10 ** Math.ceil(Math.log10(longest)), log: true },
    yMax: 100,
    series: [
      ...seriesOf(entries),
      { name: `${quiet?.contender.name ?? ''}, without a switch`, color: OTHER_COLOR, dashed: true },
    ],
    filled: false,
    panels: [{ title: '', lines: [...waits, quietWaits].map(shares) }],
    columns: 1,
    panelHeight: 340,
  });
  return { name: 'waits.svg', title, svg };
}

function shares(values: readonly number[]): readonly Point[] {
  const steps = Math.min(SHARES, values.length);
  const points = Array.from({ length: steps }, (_, step): Point => {
    const share = (step + 1) / steps;
    return [Math.max(1, quantile(values, share)), share * 100];
  });
  return points[0] === undefined ? [] : [[points[0][0], 0], ...points];
}

function done(samples: readonly StallSample[]): readonly StallSample[] {
  return samples.filter(({ outcome }) => outcome === 'switched');
}

function seriesOf(entries: readonly StallEntry[]): readonly { name: string; color: string; dashed: boolean }[] {
  return entries.map(({ contender: { name } }) => ({ name, color: COLORS[name] ?? OTHER_COLOR, dashed: false }));
}
