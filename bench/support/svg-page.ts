import * as echarts from 'echarts';

/**
 * What all charts have in common: SVG files without a background, with grey words and lines that stand out from white and
 * from black alike, since a README is read on both.
 */

export const INK = '#7d8590';
export const GRID_LINE = '#7d859040';
// No quotes in it: echarts puts it into an attribute as it is.
const FONT = 'system-ui, -apple-system, sans-serif';

/** Pixels. */
const WIDTH = 1000;
export const HEADER = 78;
export const PANEL_TITLE = 26;
const AXIS_WIDTH = 52;
const GAP = 16;

export interface Series {
  readonly name: string;
  readonly color: string;
}

/** The title, and what the vertical axes count. */
export function heading(title: string, unit: string): echarts.TitleComponentOption {
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

/** @returns the SVG. */
export function render(height: number, option: echarts.EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({ animation: false, ...option });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** The names of the series, below the heading. */
export function legend(series: readonly Series[]): echarts.LegendComponentOption {
  return {
    data: series.map(({ name }) => name),
    top: 46,
    left: AXIS_WIDTH - 5,
    itemWidth: 12,
    itemHeight: 12,
    // Without a browser the width of a word is a guess.
    itemGap: 26,
    textStyle: { color: INK, fontFamily: FONT, fontSize: 12 },
  };
}

/** How words beside an axis look. */
export const AXIS_LABEL = { color: INK, fontFamily: FONT, fontSize: 11 };

/** The small pictures that make up a chart, row by row. */
export interface PanelLayout {
  readonly titles: readonly string[];
  readonly columns: number;
  /** Pixels: what stands above all of them, each of them, and what stands below the axis of each. */
  readonly header: number;
  readonly panelHeight: number;
  readonly foot: number;
}

/** @returns where each panel lies, with its title, and how high the whole picture is. */
export function layOut({ titles, columns, header, panelHeight, foot }: PanelLayout): {
  readonly height: number;
  readonly titles: echarts.TitleComponentOption[];
  readonly grid: echarts.GridComponentOption[];
} {
  const width = WIDTH / columns;
  const places = titles.map((title, index) => ({
    title,
    left: (index % columns) * width,
    top: header + Math.floor(index / columns) * panelHeight,
  }));
  return {
    height: header + Math.ceil(titles.length / columns) * panelHeight,
    titles: places.map(({ title, left, top }) => panelTitle(title, left, top)),
    grid: places.map(({ left, top }) => ({
      left: left + AXIS_WIDTH,
      top: top + PANEL_TITLE,
      width: width - AXIS_WIDTH - GAP,
      height: panelHeight - PANEL_TITLE - foot,
    })),
  };
}

function panelTitle(text: string, left: number, top: number): echarts.TitleComponentOption {
  return {
    text,
    left: left + AXIS_WIDTH,
    top,
    padding: 0,
    textStyle: { color: INK, fontFamily: FONT, fontSize: 12, fontWeight: 'bold' },
  };
}
