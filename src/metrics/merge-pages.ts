/**
 * Pages of several processes as one. Prometheus wants all series of a metric in one place, behind its `# HELP` and `# TYPE`.
 * The pages must have no series in common: each process has a label of its own.
 */
export function mergePages(pages: readonly string[]): string {
  const blocks = new Map<string, string>();
  for (const block of pages.flatMap((page) => page.trimEnd().split('\n\n'))) {
    const [help = '', type = '', ...series] = block.split('\n');
    const before = blocks.get(type);
    blocks.set(type, [before ?? `${help}\n${type}`, ...series].join('\n'));
  }
  return `${[...blocks.values()].join('\n\n')}\n`;
}
