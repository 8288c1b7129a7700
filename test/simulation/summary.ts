import type { Findings } from './findings.js';
import { FAULTS } from './scenario.js';

/** What many runs were, in some lines. */
export function summary(all: readonly Findings[], tookMs: number): readonly string[] {
  const sum = (of: (findings: Findings) => number): number => all.reduce((total, each) => total + of(each), 0);
  const reports = all.flatMap(({ reports }) => reports);
  const outcome = (name: string): number => reports.filter((report) => report.outcome === name).length;
  const faults = all.flatMap(({ scenario }) => scenario.faults.map(({ fault }) => fault));
  const byHand = all.flatMap((each) => each.byHand);
  const calm = all.filter(({ scenario }) => scenario.faults.length === 0).length;
  const broken = all.filter((each) => each.broken.length > 0).length;
  return [
    `seeds ${all.length} (${calm} without a fault), broken ${broken}`,
    `switchovers ${reports.length}: switched ${outcome('switched')}, refused ${outcome('refused')}, aborted ${outcome('aborted')}, unresolved ${outcome('unresolved')}; of these because the master was dead ${reports.filter(({ kind }) => kind === 'failover').length}`,
    `operations ok ${sum(({ outcomes }) => outcomes.ok)}, refused ${sum(({ outcomes }) => outcomes.refused)}, unknown ${sum(({ outcomes }) => outcomes.unknown)}, unclean ${sum(({ outcomes }) => outcomes.unclean)}`,
    `faults ${FAULTS.map((fault) => `${fault} ${faults.filter((each) => each === fault).length}`).join(', ')}`,
    `left to a person ${['promoted', 'demoted', 're-pointed'].map((what) => `${what} ${byHand.filter((each) => each === what).length}`).join(', ')}`,
    `events ${sum(({ events }) => events)}, simulated ${(sum(({ virtualMs }) => virtualMs) / 1000).toFixed(0)} s in ${(tookMs / 1000).toFixed(1)} s`,
  ];
}
