import Table from 'cli-table3';

/** Rows under a heading, with borders of spaces: columns that can be read, copied and cut. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const chars = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
      [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, '']),
    ),
  );
  const table = new Table({
    head: [...head],
    // Colours belong to whoever prints; cli-table3 would put its own on everything.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: { ...chars, middle: '' },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names and values. */
export function renderFacts(facts: readonly (readonly [string, string])[]): string {
  return renderTable([], facts);
}

/** `1874` → `1.87 ms`. */
export function showMicros(us: number): string {
  const ms = us / 1000;
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
