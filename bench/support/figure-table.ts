import Table from 'cli-table3';

/** Figures in rows, as a terminal and as Markdown show them. */
export interface FigureTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** How many columns from the left hold words. */
  readonly words: number;
}

export function tableText({ title, head, rows, words }: FigureTable): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, column) => (column < words ? ('left' as const) : ('right' as const))),
  });
  for (const row of rows) table.push([...row]);
  return `${title}\n${table.toString()}`;
}

export function tableMarkdown(table: FigureTable): string {
  return `## ${table.title}\n\n${rowsMarkdown(table)}`;
}

/** The table without its title. */
export function rowsMarkdown({ head, rows, words }: FigureTable): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column < words ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
