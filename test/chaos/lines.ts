import type { Operation } from '../history/operation.js';
import { isWrong, type RunResult } from './run.js';
import { planText } from './plan.js';

/** One line for people, and behind it, if something is wrong, all that is known of it. */
export function resultLines(result: RunResult): readonly string[] {
  const {
    plan,
    struck,
    outcome,
    outcomes,
    longestGapMs,
    tookMs,
    anomalies,
    problems,
    excuses,
    failovers,
    hang,
    notes,
    errors,
    startedAt,
  } = result;
  const { ok, refused, unknown } = outcomes;
  const missed = struck || plan.fault === null ? '' : ' (never came there)';
  const commands = `${ok} commands${refused === 0 ? '' : `, ${refused} refused`}${unknown === 0 ? '' : `, ${unknown} unknown`}`;
  const line = `${planText(plan)}${missed}: ${outcome}; ${commands}; longest gap ${Math.round(longestGapMs)} ms; took ${Math.round(tookMs)} ms${failovers === null ? '' : `; failovers: ${failovers.length}`}`;
  if (!isWrong(result))
    return [
      anomalies.length === 0
        ? line
        : `${line}; EXCUSED ${anomalies.length} by ${[...excuses, ...(failovers ?? [])].join(', ')}`,
    ];
  return [
    `WRONG ${line}`,
    ...(hang === '' ? [] : [`  hangs: ${hang}`]),
    ...problems.map((problem) => `  ${problem}`),
    ...anomalies.flatMap(({ kind, key, message, evidence }) => [
      `  ${kind} ${key}: ${message}`,
      ...evidence.map((operation) => `    ${operationText(operation, startedAt)}`),
    ]),
    ...notes.map((note) => `  ${note}`),
    ...Object.entries(errors).map(([text, count]) => `  ${count} times ${text}`),
  ];
}

function operationText({ client, kind, argument, start, end, outcome }: Operation, startedAt: number): string {
  const at = (ms: number): string => String(Math.round(ms - startedAt));
  const asked = argument === null ? '' : ` ${JSON.stringify(argument).slice(0, 80)}`;
  const answer =
    outcome.type === 'ok' ? JSON.stringify(outcome.value).slice(0, 80) : `${outcome.type}: ${outcome.error}`;
  return `${at(start)} to ${at(end)} ms: ${client}: ${kind}${asked} -> ${answer}`;
}
