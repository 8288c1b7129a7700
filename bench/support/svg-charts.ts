import * as echarts from 'echarts';

/**
 * Charts as SVG files. They have no background, and grey words and lines that stand out from white and from black alike:
 * a README is read on both.
 */

const INK = '#7d8590';
const GRID_LINE = '#7d859040';
// No quotes in it: echarts puts it into an attribute as it is.
const FONT = 'system-ui, -apple-system, sans-serif';

/** Pixels. */
const WIDTH = 1000;
const PANEL_HEIGHT = 190;
const HEADER = 78;
const PANEL_TITLE = 26;
const PANEL_FOOT = 30;
const AXIS_WIDTH = 52;
const GAP = 16;

export interface Series {
  readonly name: string;
  readonly color: string;
}

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
      ...panels.map((panel, index) => ({
        text: panel.title,
        left: (places[index]?.left ?? 0) + AXIS_WIDTH,
        top: places[index]?.top ?? 0,
        padding: 0,
        textStyle: { color: INK, fontFamily: FONT, fontSize: 12, fontWeight: 'bold' as const },
      })),
    ],
    legend: {
      data: series.map(({ name }) => name),
      top: 46,
      left: AXIS_WIDTH - 5,
      itemWidth: 12,
      itemHeight: 12,
      // Without a browser the width of a word is a guess.
      itemGap: 26,
      textStyle: { color: INK, fontFamily: FONT, fontSize: 12 },
    },
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
        data: [...(values[index] ?? [])],
      })),
    ),
  });
}

function heading(title: string, unit: string): echarts.TitleComponentOption {
  return {
    text: title,
    subtext: unit,
    left: AXIS_WIDTH,
    top: 4,
    padding: 0,
    itemGap: 4,
    textStyle: { color: INK, fontFamily: FONT, fontSize: 15, fontWeight: 'bold' },
    subtextStyle: { color: INK, fontFamily: FONT, fontSize: 12 },
  };
}

function render(height: number, option: echarts.EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({ animation: false, ...option });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** `450k`, `1.2M`: what fits beside an axis. */
function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(2))}M`;
  return value >= 1e4 ? `${Number((value / 1e3).toFixed(1))}k` : String(value);
}
