import type { FigureTable } from '../support/figure-table.js';
import type { Spread } from '../support/quantile.js';
import type { TopologyResult } from './measure-topology.js';

/** What every environment came to, a row each. */
export function topologyTable(results: readonly TopologyResult[]): FigureTable {
  return {
    title: 'Switches under load, in ms (p50 / p99 / max)',
    head: ['environment', 'switches', 'stall', 'of it the promotion', 'errors', 'writes', 'lost', 'doubled'],
    words: 1,
    rows: results.map((result) => [
      result.title,
      result.switched,
      spreadText(result.stallMs),
      spreadText(result.promoteMs),
      result.errors,
      result.acknowledged,
      result.lost,
      result.doubled,
    ]),
  };
}

function spreadText({ p50, p99, max }: Spread): string {
  return [p50, p99, max].map((ms) => ms.toFixed(ms < 100 ? 1 : 0)).join(' / ');
}
