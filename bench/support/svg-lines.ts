import type { XAXisComponentOption } from 'echarts';
import {
  AXIS_LABEL,
  GRID_LINE,
  HEADER,
  heading,
  INK,
  layOut,
  legend,
  PANEL_TITLE,
  render,
  type Series,
} from './svg-page.js';

/** Pixels: the figures below a panel, and the name of the axis below those. */
const PANEL_FOOT = 48;

export type Point = readonly [x: number, y: number];

export interface LinePanel {
  readonly title: string;
  /** One list for each series; empty where the panel does not show it. */
  readonly lines: readonly (readonly Point[])[];
}

export interface LineChart {
  readonly title: string;
  /** What the vertical axes count, with the unit. */
  readonly unit: string;
  readonly x: { readonly name: string; readonly min: number; readonly max: number; readonly log: boolean };
  /** Where the vertical axes end, in four parts; what is higher is cut off. */
  readonly yMax: number;
  readonly series: readonly (Series & { readonly dashed: boolean })[];
  /** Steps with the area below them filled, for counts; else plain lines. */
  readonly filled: boolean;
  /** Row by row. */
  readonly panels: readonly LinePanel[];
  readonly columns: number;
  /** Pixels. */
  readonly panelHeight: number;
}

/** @returns the SVG of lines over a common horizontal axis. */
export function lineChart(chart: LineChart): string {
  const { title, unit, x, yMax, series, filled, panels, columns, panelHeight } = chart;
  // Panels of one series each say which it is by their titles.
  const wantsLegend = panels.some(({ lines }) => lines.filter(({ length }) => length > 0).length > 1);
  const layout = layOut({
    titles: panels.map((panel) => panel.title),
    columns,
    header: wantsLegend ? HEADER : HEADER - PANEL_TITLE,
    panelHeight,
    foot: PANEL_FOOT,
  });
  return render(layout.height, {
    title: [heading(title, unit), ...layout.titles],
    ...(wantsLegend ? { legend: legend(series) } : {}),
    grid: layout.grid,
    xAxis: panels.map((_, gridIndex): XAXisComponentOption => ({
      gridIndex,
      type: x.log ? 'log' : 'value',
      min: x.min,
      max: x.max,
      name: x.name,
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: AXIS_LABEL,
      axisLine: { lineStyle: { color: INK } },
      axisLabel: AXIS_LABEL,
      splitLine: { show: x.log, lineStyle: { color: GRID_LINE } },
    })),
    yAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: 'value' as const,
      min: 0,
      max: yMax,
      interval: yMax / 4,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: GRID_LINE } },
      axisLabel: AXIS_LABEL,
    })),
    series: panels.flatMap(({ lines }, panel) =>
      series.flatMap(({ name, color, dashed }, index) => {
        const points = lines[index] ?? [];
        if (points.length === 0) return [];
        return [
          {
            type: 'line' as const,
            name,
            xAxisIndex: panel,
            yAxisIndex: panel,
            showSymbol: false,
            itemStyle: { color },
            lineStyle: { color, width: filled ? 1 : 2, type: dashed ? ('dashed' as const) : ('solid' as const) },
            ...(filled ? { step: 'end' as const, areaStyle: { color, opacity: 0.45 } } : {}),
            data: points.map(([at, value]) => [at, value]),
          },
        ];
      }),
    ),
  });
}
