import type { SwitchoverReport } from '../switchover/ports.js';
import { type MapEntry, type Reply, error, map } from './reply.js';

/** The answer to SWITCHOVER: the figures when it went well, else an error whose first two words a script can act on. */
export function answerReport(report: SwitchoverReport): Reply {
  switch (report.outcome) {
    case 'switched':
    case 'would-switch':
      return map(reportEntries(report));
    case 'refused':
      return report.reason === 'in-progress'
        ? error(`INPROGRESS ${report.sentence}`)
        : error(`REFUSED ${report.reason} ${report.sentence}`);
    case 'aborted':
      return error(`ABORTED ${report.reason} ${report.sentence}`);
    case 'unresolved':
      return error(`UNRESOLVED ${report.reason} ${report.sentence}`);
  }
}

/** A report as HISTORY shows it: what SWITCHOVER answers, and why and when. */
export function historyEntry(report: SwitchoverReport): Reply {
  return map([
    ...reportEntries(report),
    ['reason', report.reason],
    ['sentence', report.sentence],
    ['started_at', report.startedAt],
  ]);
}

/** Names and order are part of the interface: scripts that read the flat array of RESP2 count on both. */
function reportEntries(report: SwitchoverReport): readonly MapEntry[] {
  return [
    ['id', report.id],
    ['outcome', report.outcome],
    ['old_master', report.oldMaster ?? ''],
    ['new_master', report.newMaster ?? ''],
    ['epoch', report.epoch],
    ['stall_us', report.stallUs],
    ['predicted_stall_us', report.predictedStallUs],
    ['drain_us', report.drainUs],
    ['fence_us', report.fenceUs],
    ['catchup_us', report.catchupUs],
    ['promote_us', report.promoteUs],
    ['redirect_us', report.redirectUs],
    ['offset', report.offset],
    ['offset_gap', report.offsetGap],
    ['held_clients', report.heldClients],
    ['held_commands', report.heldCommands],
    ['resync', map(Object.entries(report.resync))],
    ['settled', report.settled ? 'yes' : 'no'],
    ['notes', report.notes],
    ['kind', report.kind ?? 'switchover'],
  ];
}
