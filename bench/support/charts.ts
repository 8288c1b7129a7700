import type { TimelineWindow } from '../load/timeline.js';

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
 * Acknowledgements per ms round the longest wait of a window, which is where the switch happened: the silence in the
 * middle is the stall, and what follows it are the held writes.
 */
export function switchPicture(window: TimelineWindow, width = 72): readonly string[] {
  const worst = window.waitsMs.indexOf(Math.max(...window.waitsMs));
  const start = Math.max(0, Math.min(worst - Math.floor(width / 2), window.acknowledgements.length - width));
  const shown = window.acknowledgements.slice(start, start + width);
  const scale = Array.from({ length: width }, (_, index) => (index % 10 === 0 ? '┴' : '─')).join('');
  return [
    sparkline(shown),
    scale.slice(0, shown.length),
    `acknowledged writes per ms, ${shown.length} ms, highest ${Math.max(...shown, 0)}`,
  ];
}
