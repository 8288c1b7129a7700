import { quantile } from '../../bench/support/quantile.js';
import type { Footprint } from './tally.js';

const QUARTERS = 4;

/** In a sentence: whether the Holdfast that lived longest took more in its last quarter than in its first, between the runs. */
export function growthOf(footprints: readonly Footprint[]): string {
  const pids = [...new Set(footprints.map(({ pid }) => pid))];
  const lives = pids.map((each) => footprints.filter(({ pid }) => pid === each));
  const [longest = []] = lives.toSorted((a, b) => lengthOf(b) - lengthOf(a));
  const count = Math.ceil(longest.length / QUARTERS);
  const median = (samples: readonly Footprint[], of: (sample: Footprint) => number): string =>
    quantile(samples.map(of), 0.5).toFixed(0);
  const fromTo = (of: (sample: Footprint) => number): string =>
    `${median(longest.slice(0, count), of)} and ${median(longest.slice(-count), of)}`;
  if (longest.length < QUARTERS) return '';
  return (
    `The process of Holdfast that lived longest did so for ${lengthOf(longest).toFixed(0)} minutes and ${longest.length} runs: ` +
    `in the first and in the last quarter ${fromTo(({ residentMiB }) => residentMiB)} MiB (medians), ${fromTo(({ descriptors }) => descriptors)} descriptors.`
  );
}

function lengthOf(life: readonly Footprint[]): number {
  return (life.at(-1)?.atMinutes ?? 0) - (life[0]?.atMinutes ?? 0);
}
