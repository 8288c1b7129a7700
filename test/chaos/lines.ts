import { isWrong, type RunResult } from './run.js';
import { planText } from './plan.js';

/** One line for people, and behind it, if something is wrong, all that is known of it. */
export function resultLines(result: RunResult): readonly string[] {
  const { plan, struck, outcome, outcomes, longestGapMs, tookMs, anomalies, problems, excuses, hang, notes, errors } =
    result;
  const { ok, refused, unknown } = outcomes;
  const missed = struck || plan.fault === null ? '' : ' (never came there)';
  const commands = `${ok} commands${refused === 0 ? '' : `, ${refused} refused`}${unknown === 0 ? '' : `, ${unknown} unknown`}`;
  const line = `${planText(plan)}${missed}: ${outcome}; ${commands}; longest gap ${Math.round(longestGapMs)} ms; took ${Math.round(tookMs)} ms`;
  if (!isWrong(result))
    return [anomalies.length === 0 ? line : `${line}; EXCUSED ${anomalies.length} by ${excuses.join(', ')}`];
  return [
    `WRONG ${line}`,
    ...(hang === '' ? [] : [`  hangs: ${hang}`]),
    ...problems.map((problem) => `  ${problem}`),
    ...anomalies.map(({ kind, key, message }) => `  ${kind} ${key}: ${message}`),
    ...notes.map((note) => `  ${note}`),
    ...Object.entries(errors).map(([text, count]) => `  ${count} times ${text}`),
  ];
}
