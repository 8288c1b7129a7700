import type { Outcomes } from '../history/verdict.js';
import { isWrong, type RunResult } from './run.js';

/** What Holdfast takes at the end of a run, when nobody asks it anything. */
export interface Footprint {
  /** Minutes since the campaign began. */
  readonly atMinutes: number;
  /** Of the process that was started; its workers may change. */
  readonly pid: number;
  /** Of all its processes. */
  readonly residentMiB: number;
  readonly descriptors: number;
}

/** What became of the runs with one fault, or at one phase. */
export interface Row {
  readonly name: string;
  readonly runs: number;
  /** The switch came to the moment at which the fault was to strike. */
  readonly struck: number;
  readonly switched: number;
  readonly aborted: number;
  readonly refused: number;
  readonly unresolved: number;
  /** Holdfast itself was struck, so that its operator got no answer. */
  readonly unheard: number;
  readonly commands: Outcomes;
  /** For each run, ms: the longest time in which nobody had a success. */
  readonly gapsMs: readonly number[];
}

/** All that a report of a campaign says. */
export interface Figures {
  readonly seed: number;
  readonly minutes: number;
  readonly runs: number;
  readonly wrong: number;
  /** Runs in which a person promoted a node by force, and acknowledged writes were missing afterwards. */
  readonly excused: number;
  /** Runs in which Holdfast was to replace a dead master, those in which it did, and those of them in which something was lost. */
  readonly failover: { readonly runs: number; readonly happened: number; readonly lossy: number };
  /** Runs in which a person had to promote a node or to restart Holdfast before the shard settled. */
  readonly helped: number;
  readonly byFault: readonly Row[];
  readonly byPhase: readonly Row[];
  readonly all: Row;
  readonly footprints: readonly Footprint[];
}

/** Adds up what runs came to. */
export class Tally {
  readonly #results: RunResult[] = [];
  readonly #footprints: Footprint[] = [];
  readonly #from = performance.now();

  add(result: RunResult, footprint: Omit<Footprint, 'atMinutes'> | null): void {
    this.#results.push(result);
    if (footprint !== null) this.#footprints.push({ atMinutes: this.#minutes(), ...footprint });
  }

  figures(seed: number): Figures {
    const results = this.#results;
    const failedOver = results.filter(({ failovers }) => failovers !== null && failovers.length > 0);
    return {
      seed,
      minutes: this.#minutes(),
      runs: results.length,
      wrong: results.filter(isWrong).length,
      excused: results.filter((result) => !isWrong(result) && result.anomalies.length > 0 && result.excuses.length > 0)
        .length,
      failover: {
        runs: results.filter(({ failovers }) => failovers !== null).length,
        happened: failedOver.length,
        lossy: failedOver.filter(({ anomalies }) => anomalies.length > 0).length,
      },
      helped: results.filter(({ notes }) => notes.some((note) => / a person (promotes|restarts) /.test(note))).length,
      byFault: rows(results, ({ plan }) => plan.fault?.name ?? 'none'),
      byPhase: rows(results, ({ plan }) => plan.phase),
      all: rowOf('all', results),
      footprints: this.#footprints,
    };
  }

  #minutes(): number {
    return (performance.now() - this.#from) / 60_000;
  }
}

function rows(results: readonly RunResult[], nameOf: (result: RunResult) => string): readonly Row[] {
  const names = [...new Set(results.map(nameOf))].toSorted();
  return names.map((name) =>
    rowOf(
      name,
      results.filter((result) => nameOf(result) === name),
    ),
  );
}

function rowOf(name: string, results: readonly RunResult[]): Row {
  const count = (word: string): number => results.filter(({ outcome }) => outcome.startsWith(word)).length;
  const sum = (kind: keyof Outcomes): number => results.reduce((total, { outcomes }) => total + outcomes[kind], 0);
  return {
    name,
    runs: results.length,
    struck: results.filter(({ struck }) => struck).length,
    switched: count('switched'),
    aborted: count('ABORTED'),
    refused: count('REFUSED') + count('INPROGRESS'),
    unresolved: count('UNRESOLVED'),
    unheard: count('unheard'),
    commands: { ok: sum('ok'), refused: sum('refused'), unknown: sum('unknown'), unclean: sum('unclean') },
    gapsMs: results.map(({ longestGapMs }) => longestGapMs),
  };
}
