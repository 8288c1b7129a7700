import type { ServeProcess } from '../support/serve-process.js';
import { fieldsOf } from '../support/fields.js';

/** Those that promoted somebody. A failover always says what it may have cost, also when that is nothing that is known. */
const TELLS_LOSS = /lost/;

/**
 * The failovers in the history of Holdfast that may have cost something: what their reports say of it, by their ids. A loss that
 * HISTORY does not tell excuses nothing.
 */
export async function failoversOf(holdfast: ServeProcess): Promise<ReadonlyMap<string, string>> {
  const history = await holdfast.admin('HISTORY');
  const reports = (Array.isArray(history) ? (history as readonly unknown[]) : []).map(fieldsOf);
  const told = reports.flatMap((report) => {
    const loss = report
      .list('notes')
      .map(String)
      .filter((words) => TELLS_LOSS.test(words));
    return report.text('kind') === 'failover' && loss.length > 0 ? [[report.text('id'), loss.join('; ')] as const] : [];
  });
  return new Map(told);
}
