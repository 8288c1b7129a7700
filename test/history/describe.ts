import type { Operation } from './operation.js';
import type { Anomaly } from './verdict.js';

/** An anomaly as lines for a report: what is wrong, and below it what was done, with the times since the first of it. */
export function describe({ kind, key, message, evidence }: Anomaly): string {
  const from = evidence.reduce((first, { start }) => Math.min(first, start), Infinity);
  return [`${kind} on ${key}: ${message}`, ...evidence.map((operation) => `  ${line(operation, from)}`)].join('\n');
}

function line({ client, kind, key, argument, start, end, outcome }: Operation, from: number): string {
  const at = (time: number): string => (time === Infinity ? '…' : (time - from).toFixed(2));
  const what = argument === null ? '' : ` ${JSON.stringify(argument)}`;
  const came = outcome.type === 'ok' ? short(JSON.stringify(outcome.value)) : `${outcome.type}: ${outcome.error}`;
  return `${at(start)}–${at(end)} ms ${client}: ${kind} ${key}${what} → ${came}`;
}

/** A list that was read whole would hide the rest. */
function short(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 60)} … ${text.slice(-50)}`;
}
