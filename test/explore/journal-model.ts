import type { RecordChange } from '../../src/switchover/effects.js';
import { withoutAttempt } from '../../src/switchover/intent.js';
import type { SwitchoverReport } from '../../src/switchover/ports.js';
import { durableKey } from './canonical.js';
import { failure } from './node-model.js';
import { running } from './process-model.js';
import { nameOf, type Announcement, type Durable, type World } from './world.js';

/*
 * What is done a moment later: the journal takes in how a switchover ended and writes itself down, operators are answered. One
 * thing at a time, and never while clients are held: so a crash may come before any of it.
 */

export function mayFlush(world: World): boolean {
  const { process, disk, diskFull } = world;
  if (process === null) return false;
  if (diskFull) return process.asked.some(({ effect, reply }) => effect.type === 'record-intent' && reply === null);
  return durableKey(process.journal) !== durableKey(disk) || isIntentAsked(world);
}

function isIntentAsked(world: World): boolean {
  return running(world).asked.some(({ effect, reply }) => effect.type === 'record-intent' && reply === null);
}

/** Writes the state, or fails to; whoever waits for that hears of it. */
export function flush(world: World): void {
  const process = running(world);
  const { diskFull } = world;
  if (!diskFull) world.disk = process.journal;
  process.asked = process.asked.map((each) => {
    if (each.effect.type !== 'record-intent' || each.reply !== null) return each;
    if (!diskFull) return { ...each, reply: { type: 'recorded' } };
    const left = withoutAttempt(process.journal.intent, each.effect.intent.id, false);
    process.journal = { ...process.journal, intent: left };
    return { ...each, reply: { type: 'failed', failure: failure('internal', 'no space left on device') } };
  });
}

export function mayTell({ process }: World): boolean {
  if (process === null || process.announcements.length === 0) return false;
  return !process.gateClosed || process.machine.state.type === 'resolving';
}

export function tell(world: World): void {
  const process = running(world);
  const [first, ...rest] = process.announcements;
  process.announcements = rest;
  if (first !== undefined) announce(world, first);
}

/** All at once, before the process ends. */
export function tellAll(world: World): void {
  const process = running(world);
  for (const each of process.announcements) announce(world, each);
  process.announcements = [];
}

function announce(world: World, announcement: Announcement): void {
  const process = running(world);
  const { report } = announcement.type === 'record' ? announcement.change : announcement;
  switch (announcement.type) {
    case 'record':
      process.journal = changed(process.journal, announcement.change);
      if (report.outcome === 'switched') {
        world.truth = { ...world.truth, gap: Math.max(world.truth.gap, report.offsetGap) };
        if (hidesLoss(world, report)) world.broken = `a loss is reported: ${world.truth.forfeited} is not`;
      }
      return;
    case 'answer':
      if (!process.requests.includes(report.id)) world.broken = 'one answer for each request: answered twice';
      process.requests = process.requests.filter((id) => id !== report.id);
      if (report.outcome === 'aborted' || report.outcome === 'refused') {
        world.truth = { ...world.truth, denied: world.truth.denied + report.id };
      }
      return;
    case 'finished':
  }
}

/** What an earlier process began is told without its figures. */
function hidesLoss({ truth }: World, { kind, notes }: SwitchoverReport): boolean {
  const isTold = notes.some((note) => note.includes('lost') || note.startsWith('Holdfast ended'));
  return kind === 'failover' && truth.forfeited !== '' && !isTold;
}

function changed(journal: Durable, { master, epoch, intentDone, report }: RecordChange): Durable {
  return {
    master: master === undefined ? journal.master : nameOf(master),
    epoch: epoch ?? journal.epoch,
    intent: intentDone ? withoutAttempt(journal.intent, report.id, report.outcome === 'switched') : journal.intent,
    last: report,
  };
}
