import { CLOSE_REASONS } from '../errors/close-reasons.js';
import { CLIENT_ERRORS } from '../errors/error-table.js';
import { CONNECTION_REFUSALS } from '../errors/refusal-table.js';
import { METRICS, type MetricSpec } from '../metrics/metric-table.js';
import { ABORT_REASONS, REFUSAL_REASONS, UNRESOLVED_REASONS } from '../switchover/reasons.js';
import { ADMIN_COMMANDS } from './commands/admin-commands.js';
import { documentedCommands } from './commands/help.js';

/**
 * The tables of the documentation that are made from tables in the code, by the name of their marks:
 * `<!-- metrics -->` … `<!-- /metrics -->`.
 */
export const GENERATED_DOCS: Readonly<Record<string, () => string>> = {
  metrics: metricsTable,
  reasons: reasonsTable,
  'client-errors': clientErrorsTable,
  'connection-refusals': connectionRefusalsTable,
  'close-reasons': closeReasonsTable,
  'admin-commands': adminCommandsTable,
};

/** The text with every generated table brought up to date; marks that are missing stay missing. */
export function refreshDocs(markdown: string): string {
  return Object.entries(GENERATED_DOCS).reduce((text, [mark, render]) => {
    const [open, close] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
    const start = text.indexOf(open);
    const end = text.indexOf(close, start);
    if (start === -1 || end === -1) return text;
    return `${text.slice(0, start + open.length)}\n\n${render()}\n\n${text.slice(end)}`;
  }, markdown);
}

function metricsTable(): string {
  const rows = Object.entries<MetricSpec>(METRICS).map(([name, { type, unit, labels, help }]) => [
    `\`${name}\``,
    type,
    unit,
    labels.map((label) => `\`${label}\``).join(', ') || '–',
    help,
  ]);
  return table(['Metric', 'Type', 'Unit', 'Labels', 'What it says'], rows);
}

function reasonsTable(): string {
  const rows = [
    ...rowsOf('REFUSED', REFUSAL_REASONS),
    ...rowsOf('ABORTED', ABORT_REASONS),
    ...rowsOf('UNRESOLVED', UNRESOLVED_REASONS),
  ];
  return table(['Answer', 'Reason', 'Meaning'], rows);
}

function rowsOf(answer: string, reasons: Readonly<Record<string, string>>): string[][] {
  // A refusal because of another switchover has an answer of its own: scripts wait and try again.
  return Object.entries(reasons).map(([reason, meaning]) => [
    reason === 'in-progress' ? '`INPROGRESS`' : `\`${answer}\``,
    `\`${reason}\``,
    meaning,
  ]);
}

function clientErrorsTable(): string {
  return table(
    ['Code', 'Reply'],
    Object.entries(CLIENT_ERRORS).map(([code, text]) => [`\`${code}\``, `\`-${text}\``]),
  );
}

function closeReasonsTable(): string {
  return table(
    ['Reason', 'Meaning'],
    Object.entries(CLOSE_REASONS).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
  );
}

function connectionRefusalsTable(): string {
  return table(
    ['Reason', 'Meaning'],
    Object.entries(CONNECTION_REFUSALS).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
  );
}

function adminCommandsTable(): string {
  const rows = documentedCommands(ADMIN_COMMANDS.all()).map(({ usage, summary }) => [`\`${usage}\``, summary]);
  return table(['Command', 'What it does'], rows);
}

/** A table with padded columns, as the formatter of the repository writes it. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const [head = '', ...body] = cells.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}
