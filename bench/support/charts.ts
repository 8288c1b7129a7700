import type { TimelineWindow } from '../load/timeline.js';
import { quantile } from './quantile.js';

const BLOCKS = '▁▂▃▄▅▆▇█';

/** Upper ends of the bars, ms: about four to a decade. */
const STEPS_MS = [0.5, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 50, 75, 100, 200, 300, 500, 1000, 2000, 5000, Infinity];

/** One character per number, as high as the number is; nothing is a blank, so that a silence is a hole. */
export function sparkline(values: readonly number[], highest = Math.max(...values, 1)): string {
  return values
    .map((value) => {
      if (value <= 0) return ' ';
      return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor((value / highest) * BLOCKS.length))] ?? '█';
    })
    .join('');
}

/** Bars that show how often a stall was how long; rows outside what occurred are left out. */
export function histogram(valuesMs: readonly number[], width = 40): readonly string[] {
  const rows = STEPS_MS.map((to, index) => {
    const from = STEPS_MS[index - 1] ?? 0;
    return { from, to, count: valuesMs.filter((value) => value > from && value <= to).length };
  });
  const first = rows.findIndex((row) => row.count > 0);
  const last = rows.findLastIndex((row) => row.count > 0);
  if (first < 0) return [];
  const highest = Math.max(...rows.map((row) => row.count));
  return rows.slice(first, last + 1).map(({ from, to, count }) => {
    const label = to === Infinity ? `> ${from} ms` : `${from}–${to} ms`;
    const bar = '█'.repeat(count === 0 ? 0 : Math.max(1, Math.round((count / highest) * width)));
    return `${label.padStart(14)} ┤${bar}${count === 0 ? '' : ` ${count}`}`;
  });
}

/**
 * The milliseconds round the longest wait of a window, which is where the switch happened. Upper line: acknowledgements
 * (the silence is the stall, the peak behind it the held writes). Lower line: the longest wait among them.
 */
export function switchPicture(window: TimelineWindow, width = 72): readonly string[] {
  const worst = window.waitsMs.indexOf(Math.max(...window.waitsMs));
  const start = Math.max(0, Math.min(worst - Math.floor(width / 2), window.acknowledgements.length - width));
  const acknowledged = window.acknowledgements.slice(start, start + width);
  const waits = window.waitsMs.slice(start, start + width);
  // Held writes come back all at once; drawn to their height they would flatten the rest.
  const usual = quantile(
    acknowledged.filter((count) => count > 0),
    0.5,
  );
  const scale = Array.from({ length: acknowledged.length }, (_, index) => (index % 10 === 0 ? '┴' : '─')).join('');
  return [
    `${sparkline(acknowledged, Math.max(1, usual * 2))}  acknowledged writes, highest ${Math.max(0, ...acknowledged)} a ms`,
    `${scale}  ms`,
    `${sparkline(waits)}  longest wait, highest ${Math.max(0, ...waits).toFixed(1)} ms`,
  ];
}
