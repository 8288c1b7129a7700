import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forget, removeAtExit } from './child-processes.js';
import { until } from './until.js';

/** How many things of each kind are alive in a process, by kind and name: `object Socket`, `closure onData`. */
export type Census = ReadonlyMap<string, number>;

/** The parts of a V8 heap snapshot that are needed to count: each node is a row of as many numbers as there are fields. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** Compiled code and what V8 notes about it comes with the use of a program, long after everything else has its size. */
const OF_THE_ENGINE = new Set(['code', 'hidden', 'object shape', 'synthetic']);

/** Their names are what is in them. */
const WITHOUT_NAMES = new Set(['string', 'concatenated string', 'sliced string', 'number', 'bigint']);

/** Counts what is alive in another process of Node, which collects its garbage first. */
export class HeapCensus {
  readonly #directory = mkdtempSync(join(tmpdir(), 'holdfast-census-'));

  constructor() {
    removeAtExit(this.#directory);
  }

  /** The process that is to be counted has to be started with it. */
  get environment(): Readonly<Record<string, string>> {
    return { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${this.#directory}` };
  }

  async take(pid: number): Promise<Census> {
    process.kill(pid, 'SIGUSR2');
    // A snapshot that is not written to its end can not be parsed.
    return until('there is a heap snapshot', () => {
      const [name = ''] = readdirSync(this.#directory);
      const path = join(this.#directory, name);
      const census = count(JSON.parse(readFileSync(path, 'latin1')) as Snapshot);
      rmSync(path);
      return census;
    });
  }

  dispose(): void {
    rmSync(this.#directory, { recursive: true, force: true });
    forget(this.#directory);
  }
}

export function totalOf(census: Census): number {
  return [...census.values()].reduce((sum, number) => sum + number, 0);
}

/** What there is more of by `least` and more; a line each. */
export function grown(before: Census, after: Census, least: number): readonly string[] {
  return [...after].flatMap(([what, number]) => {
    const was = before.get(what) ?? 0;
    return number - was < least ? [] : [`${what}: ${was} before, ${number} now`];
  });
}

function count({ snapshot: { meta }, nodes, strings }: Snapshot): Census {
  const { node_fields: fields, node_types: types } = meta;
  const [typeAt, nameAt] = [fields.indexOf('type'), fields.indexOf('name')];
  const counts = new Map<string, number>();
  for (let row = 0; row < nodes.length; row += fields.length) {
    const type = types[0][nodes[row + typeAt] ?? 0] ?? '';
    const name = strings[nodes[row + nameAt] ?? 0] ?? '';
    if (OF_THE_ENGINE.has(type)) continue;
    const what = WITHOUT_NAMES.has(type) ? type : `${type} ${name}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}
