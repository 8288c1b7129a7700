import { Findings, ofKind } from './evidence.js';
import type { Operation } from './operation.js';
import type { Anomaly } from './verdict.js';

/** The servers count in whole milliseconds of a clock that may be adjusted a little. */
const SLACK_MS = 20;

/** A value that is written once, with a time to live. The bounds hold however slow the machine is: the time ran on the server, between start and end. */
export function checkExpiring(key: string, operations: readonly Operation[]): readonly Anomaly[] {
  const findings = new Findings(key);
  const [write, second] = ofKind(operations, 'write-expiring');
  if (write === undefined || second !== undefined) throw new Error(`${key} has to be written once`);
  const { value, ttlMs } = write.argument;
  const reads = ofKind(operations, 'read').toSorted((a, b) => a.start - b.start);
  let gone: Operation | undefined;
  for (const read of reads) {
    if (read.outcome.type !== 'ok') continue;
    const seen = read.outcome.value;
    if (seen === null) {
      const hasToBeThere = write.outcome.type === 'ok' && write.end < read.start;
      if (hasToBeThere && read.end < write.start + ttlMs - SLACK_MS) {
        findings.add('expired-early', `${value} was gone before its ${ttlMs} ms were over`, write, read);
      }
      if (hasToBeThere && (gone === undefined || read.end < gone.end)) gone = read;
    } else if (seen !== value || read.end < write.start) {
      findings.add('wrong-reply', `${seen} was read, and nobody had written it`, write, read);
    } else if (write.outcome.type === 'refused') {
      findings.add('ran-though-refused', `${value} was read`, write, read);
    } else if (write.end + ttlMs + SLACK_MS < read.start) {
      findings.add('outlived-its-time', `${value} was there after its ${ttlMs} ms`, write, read);
    } else if (gone !== undefined && gone.end < read.start) {
      findings.add('stale-read', `${value} was gone, and came back`, write, gone, read);
    }
  }
  return findings.all();
}
