import {
  AXIS_WIDTH,
  FONT,
  GAP,
  GRID_LINE,
  HEADER,
  heading,
  INK,
  legend,
  PANEL_TITLE,
  panelTitle,
  render,
  WIDTH,
  type Series,
} from './svg-page.js';

/** Pixels. */
const PANEL_HEIGHT = 190;
const PANEL_FOOT = 30;

/** One of the small pictures that make up a chart; each has a vertical axis of its own. */
export interface BarPanel {
  readonly title: string;
  readonly categories: readonly string[];
  /** One list for each series, one figure for each category; null leaves a hole. */
  readonly values: readonly (readonly (number | null)[])[];
}

export interface BarChart {
  readonly title: string;
  /** What the vertical axes count, with the unit. */
  readonly unit: string;
  readonly series: readonly Series[];
  /** Row by row. */
  readonly panels: readonly BarPanel[];
  readonly columns: number;
}

/** @returns the SVG of grouped bars: within each category, one bar for each series. */
export function barChart({ title, unit, series, panels, columns }: BarChart): string {
  const rows = Math.ceil(panels.length / columns);
  const width = WIDTH / columns;
  const places = panels.map((_, index) => ({
    left: (index % columns) * width,
    top: HEADER + Math.floor(index / columns) * PANEL_HEIGHT,
  }));
  const gridIndex = (index: number): { gridIndex: number } => ({ gridIndex: index });
  return render(HEADER + rows * PANEL_HEIGHT, {
    color: series.map(({ color }) => color),
    title: [
      heading(title, unit),
      ...panels.map((panel, index) => panelTitle(panel.title, places[index]?.left ?? 0, places[index]?.top ?? 0)),
    ],
    legend: legend(series),
    grid: places.map(({ left, top }) => ({
      left: left + AXIS_WIDTH,
      top: top + PANEL_TITLE,
      width: width - AXIS_WIDTH - GAP,
      height: PANEL_HEIGHT - PANEL_TITLE - PANEL_FOOT,
    })),
    xAxis: panels.map(({ categories }, index) => ({
      ...gridIndex(index),
      type: 'category' as const,
      data: [...categories],
      axisTick: { show: false },
      axisLine: { lineStyle: { color: INK } },
      axisLabel: { color: INK, fontFamily: FONT, fontSize: 11, interval: 0 },
    })),
    yAxis: panels.map((_, index) => ({
      ...gridIndex(index),
      type: 'value' as const,
      splitNumber: 3,
      splitLine: { lineStyle: { color: GRID_LINE } },
      axisLabel: { color: INK, fontFamily: FONT, fontSize: 11, formatter: short },
    })),
    series: panels.flatMap(({ values }, panel) =>
      series.map(({ name }, index) => ({
        type: 'bar' as const,
        name,
        xAxisIndex: panel,
        yAxisIndex: panel,
        barGap: '10%',
        barCategoryGap: '25%',
        barMaxWidth: 32,
        data: [...(values[index] ?? [])],
      })),
    ),
  });
}

/** `450k`, `1.2M`: what fits beside an axis. */
function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(2))}M`;
  return value >= 1e4 ? `${Number((value / 1e3).toFixed(1))}k` : String(value);
}
