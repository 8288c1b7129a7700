import { AXIS_LABEL, GRID_LINE, HEADER, heading, INK, layOut, legend, render, type Series } from './svg-page.js';

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
  const layout = layOut({
    titles: panels.map((panel) => panel.title),
    columns,
    header: HEADER,
    panelHeight: PANEL_HEIGHT,
    foot: PANEL_FOOT,
  });
  return render(layout.height, {
    color: series.map(({ color }) => color),
    title: [heading(title, unit), ...layout.titles],
    legend: legend(series),
    grid: layout.grid,
    xAxis: panels.map(({ categories }, gridIndex) => ({
      gridIndex,
      type: 'category' as const,
      data: [...categories],
      axisTick: { show: false },
      axisLine: { lineStyle: { color: INK } },
      axisLabel: { ...AXIS_LABEL, interval: 0 },
    })),
    yAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: 'value' as const,
      splitNumber: 3,
      splitLine: { lineStyle: { color: GRID_LINE } },
      axisLabel: { ...AXIS_LABEL, formatter: short },
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
